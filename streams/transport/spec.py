"""What a stage reads, writes and keeps: all that the shell must know to drive one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streams.core.stage import Stage


class Topic(NamedTuple):
    """A topic that must exist; `partitions` of None means as many as the source topics."""

    name: str
    partitions: int | None = None
    config: Mapping[str, str] = {}


@dataclass(frozen=True)
class StageSpec:
    """One stage: `topics` are co-partitioned and feed one state per partition.

    `factory` makes the empty state of a partition. `writes` lists the topics it sends to, `own`
    those among `topics` that are no source topics though no stage writes them: they have partitions
    of their own.
    `version` is the newest layout of changelog rows that it reads: a higher one found there is
    refused. `written` is the layout that its own rows need, where an older one is enough.
    `zone` is the time zone whose days its state goes by.
    `prompt`: it reads what the flushes of other stages send, and is flushed once that has come;
    `senders`: from how many partitions each of its own is sent something by most of their flushes.
    """

    name: str
    topics: tuple[str, ...]
    factory: Callable[[int], Stage]
    writes: tuple[Topic, ...] = field(default=())
    own: tuple[Topic, ...] = field(default=())
    version: int = 1
    written: int | None = None
    zone: str = "UTC"
    prompt: bool = False
    senders: int | None = None

    def changelog(self, app_id: str) -> str:
        """Name the topic that keeps this stage's state."""
        return f"{app_id}-{self.name}-changelog"

    def transactional_id(self, app_id: str, partition: int) -> str:
        """Name the one writer of a partition: starting a second fences the first."""
        return f"{app_id}-{self.name}-{partition}"


if TYPE_CHECKING:
    Pipeline = Callable[[int], Sequence[StageSpec]]
    """The stages for a number of source partitions; called once that number is known."""
