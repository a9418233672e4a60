"""Files that come in a known form: how each is read, a TOML file a kind."""

from streams.load.presets.preset import Preset, find, names

__all__ = ["Preset", "find", "names"]
