"""Bounded summaries: distinct customers, fingerprints of events, dictionaries of hashes."""
