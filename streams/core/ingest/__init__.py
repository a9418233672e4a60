"""The ingest stage: events of one source partition become partial aggregates."""
