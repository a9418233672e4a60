"""What is known of one customer, and its coming, staying and going as its events tell them."""
