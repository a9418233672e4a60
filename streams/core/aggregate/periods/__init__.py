"""Periods: the movements of all source partitions, merged; what there is; a row a period."""
