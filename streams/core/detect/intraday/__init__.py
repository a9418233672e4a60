"""Within the day: cumulative sums of 5-minute buckets against the day's baseline."""
