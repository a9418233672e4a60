"""What stops a load before it starts, said so that the reader knows what to do."""

from __future__ import annotations


class LoadError(Exception):
    """The file, the mapping or an option cannot be used; the message says what to do."""
