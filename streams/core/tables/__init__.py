"""The series stage: snapshots become buckets, windows and signals."""
