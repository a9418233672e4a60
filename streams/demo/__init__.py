"""The demo: real complaints and simulated customers through a real worker, no Kafka needed."""
