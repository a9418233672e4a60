"""Lives as they are stored: packed into bytes, by customer, a head before each."""
