"""Accepted batches: the events of one fetched batch that count, as columns.

    event            0        1        2    ...    in the order in which they were accepted
    times            10:02    10:03    10:01       epoch seconds
    buckets          10:00    10:00    10:00       start of its 5 minutes, epoch seconds
    labels           (home,)  (home,)  (None,)     as `SourceTopic.labels` names them
    customer_ids     c1       None     c2
    contributions    ...                           metric, amount and currency, one or several

`Decoder` makes one of each fetched batch. Whoever counts or keeps something of events reads it:
nobody else decodes, checks or sorts out.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from schemas import wire
from streams.core.catalogue import TOPICS, labels_of
from streams.core.event_time.buckets import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemas.wire import Event
    from streams.core.catalogue import Contribution, Labels
    from streams.core.stage import Record


class AcceptedBatch:
    """The events of one batch of one source topic that are neither refused, late nor duplicates.

    Element n of each column belongs to event n. Columns that are derived from the events are made
    when they are first read, and then shared by all readers, who change none.

    Labels are read by `read_labels`; None: as they stand in the events.

    Attributes:
        topic: the source topic.
        events: the decoded events.
        times: when they occurred, in epoch seconds.
        late: decoded events that came too late for their bucket. No cell counts them and they are
            no part of the columns; they are for readers to whom no time is too late. They may come
            again: duplicates among them are not known.
        records: the record of each event, where the decoder keeps them; else none.
        late_records: the record of each late event, likewise.
    """

    def __init__(self, topic: str, read_labels: Callable[[Event], Labels] | None = None) -> None:
        self.topic = topic
        self._read_labels = read_labels or labels_of(topic)
        self.events: list[Event] = []
        self.times: list[int] = []
        self.late: list[Event] = []
        self.records: list[Record] = []
        self.late_records: list[Record] = []

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def buckets(self) -> Sequence[int]:
        """The start of the 5 minutes in which they occurred, in epoch seconds."""
        return [time - time % BASE for time in self.times]

    @cached_property
    def labels(self) -> Sequence[Labels]:
        """The values of the topic's labels, in the order of `SourceTopic.labels`."""
        return list(map(self._read_labels, self.events))

    @cached_property
    def contributions(self) -> Sequence[Sequence[Contribution]]:
        """What each event contributes: metrics, amounts in minor units, currencies."""
        return list(map(TOPICS[self.topic].measure, self.events))

    @cached_property
    def event_ids(self) -> Sequence[str]:
        """The ids of the events."""
        return [event.event_id for event in self.events]

    @cached_property
    def customer_ids(self) -> Sequence[str | None]:
        """Who it was; None for an anonymous complaint."""
        return [event.customer_id for event in self.events]

    @cached_property
    def texts(self) -> Sequence[str | None]:
        """What the customer wrote, unmasked; None where there is nothing."""
        if "text" not in wire.structs[self.topic].__struct_fields__:
            return [None] * len(self.events)
        return [getattr(event, "text", None) for event in self.events]
