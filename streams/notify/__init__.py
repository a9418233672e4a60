"""Tells people: what was decided is delivered, and what came of it is recorded."""
