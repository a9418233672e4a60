"""Incidents: alerts of one event together, when people are told of them, and what people do."""
