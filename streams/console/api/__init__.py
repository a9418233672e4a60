"""The API under /v1: the same rows as on the topics, by the same models."""
