"""Why a command does not begin: its settings."""

from __future__ import annotations


class SettingsError(Exception):
    """The settings cannot be used: one line that names the setting and quotes no value of it."""
