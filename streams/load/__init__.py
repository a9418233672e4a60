"""Files of history, read into events of a topic; no Kafka in here."""

from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.model import Event, Options, Report

__all__ = ["Event", "LoadError", "Loading", "Options", "Report"]
