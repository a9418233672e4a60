"""What lives come to: the account of each, what it adds to the cells, and that it adds up."""
