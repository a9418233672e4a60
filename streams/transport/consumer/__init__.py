"""The consumer: batches in, offsets kept, partitions held together in event time."""
