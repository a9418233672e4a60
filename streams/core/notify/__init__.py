"""Notify: who is told what of an incident, when, by which route and why; and who is not."""
