"""The worker: the stages wired to their topics in a Faust app, its health, its end."""
