"""Why a worker stops by itself."""

from __future__ import annotations


class WorkerFailedError(Exception):
    """The worker must stop; nothing that the cause touched has been committed."""


class StateRefusedError(WorkerFailedError):
    """The state in the changelog cannot be taken over by this worker; the message says why."""


class SupersededError(Exception):
    """A newer rebalance makes a take-over pointless."""


class TooLargeError(Exception):
    """A topic does not take what a flush is to write there; the message says which row it is."""
