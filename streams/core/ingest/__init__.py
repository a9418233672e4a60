"""The ingest stage, `fold` on the wire: events are decoded, checked and counted."""
