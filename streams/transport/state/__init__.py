"""The state of partitions: restored, flushed in transactions, quarantined, given up."""
