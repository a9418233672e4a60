"""The series stage: partial aggregates become buckets, windows and signals."""
