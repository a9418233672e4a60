"""A history judged: what the alerts would have been, how early, how true, and under other settings.

No Kafka in here. A history is folded once; what is decided after that is worked out again for each
setting that is tried, from what the fold had said.
"""
