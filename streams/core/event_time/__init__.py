"""Event time: buckets, the watermark, business days and calendar comparisons."""
