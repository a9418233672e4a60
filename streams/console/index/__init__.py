"""The public topics as tables of a local SQLite file, which can be built anew at any time."""
