"""The command groundswell, one file a command."""
