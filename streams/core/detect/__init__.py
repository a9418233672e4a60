"""Detectors of rising counts."""
