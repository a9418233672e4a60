"""Over weeks: whether the level of a series has been rising."""
