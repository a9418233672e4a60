"""The way of a batch: into the lives of its customers, and from them into all that follows."""
