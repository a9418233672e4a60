"""What any service knows that reads only the public topics: their rows, tables of them, words."""
