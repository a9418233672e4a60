"""A simulated company: the events of its customers, and the true numbers by code of their own."""
