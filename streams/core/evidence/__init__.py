"""What is kept of single events to explain a rise, and how it is asked."""
