"""The settings: what there is, and how it is read from a TOML file and the environment."""

from streams.settings.model import Kafka, Settings, Worker
from streams.settings.reading import SettingsError, check_environment, load

__all__ = ["Kafka", "Settings", "SettingsError", "Worker", "check_environment", "load"]
