"""How often partitions may be lost before a worker gives up."""

from __future__ import annotations

MAX_FAILURES = 10
"""Take-overs in a row after which we may lose partitions without one flush in between."""


class FailureBudget:
    """Counts them. One cause, a broker that is away say, may cost us all partitions: it is one."""

    def __init__(self) -> None:
        self._count = 0
        self._lost = False  # since the last take-over began

    def too_many(self) -> bool:
        """Note the loss of a partition, or of a take-over."""
        if not self._lost:
            self._count += 1
        self._lost = True
        return self._count > MAX_FAILURES

    def take_over(self) -> None:
        """Note that a take-over begins."""
        self._lost = False

    def flushed(self) -> None:
        """Note that a flush went through."""
        self._count = 0
