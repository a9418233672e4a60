"""Groundswell's streams: a pure core, and the shell that feeds it from Kafka."""
