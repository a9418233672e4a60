"""The console: pages and an API over the public topics, in a process of its own."""
