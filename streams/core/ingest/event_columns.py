"""Accepted events as columns of numbers, some thousand at a time: what cells and details count.

event       0      1      2    ...   in the order in which they were accepted
times     10:02  10:03  10:01        epoch seconds
codes       0      0      1          a column a label: the number of its value
coupons    4f..   9a..   4f..        of the customer who is named
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from schemas import wire
from streams import compiled
from streams.core.catalogue import TOPICS
from streams.core.sketches.coupons import coupons

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import msgspec
    from numpy.typing import NDArray

    from schemas.metrics import Metric
    from schemas.wire import Event
    from streams.core.catalogue import Contribution
    from streams.core.ingest.label_codes import Codes, LabelCodes, Numbers
    from streams.core.sketches.coupons import Coupons

    Integers = NDArray[np.int64]
    Places = NDArray[np.intp]

MAX_EVENTS: Final = 8_192
"""Events that are counted at once: so many amounts of 10**15 minor units fit in 64 bits."""


class Contributions(NamedTuple):
    """What events contribute to one metric: an element an event, in their order.

    Attributes:
        places: which events; None: all, one after the other.
        amounts: in minor units.
        currencies: of each amount; None where there is no money in it.
    """

    places: Places | None
    amounts: Integers | None = None
    currencies: Sequence[str | None] | None = None

    def of(self, column: NDArray[Any]) -> NDArray[Any]:
        """Return the elements of a column that belong to these events."""
        return column if self.places is None else column[self.places]


class EventColumns(NamedTuple):
    """Some events of one topic; element n of each column belongs to event n.

    Attributes:
        times: epoch seconds.
        codes: a column a label, in the order of `SourceTopic.labels`.
        contributions: by metric.
        coupons: of the customers.
        named: whether a customer is named; None: in each of them.
        event_ids: the ids.
        customer_ids: who it was.
        texts: what they wrote; None where nobody wrote anything.
    """

    times: Integers
    codes: list[Codes]
    contributions: dict[Metric, Contributions]
    coupons: Coupons
    named: NDArray[np.bool_] | None
    event_ids: Sequence[str]
    customer_ids: Sequence[str | None]
    texts: Sequence[str | None] | None

    def chosen(self, places: Places) -> EventColumns:
        """Return some of the events, in this order, without what they contribute."""
        chosen = places.tolist()
        return EventColumns(
            self.times[places],
            [column[places] for column in self.codes],
            {},
            self.coupons[places],
            None if self.named is None else self.named[places],
            [self.event_ids[place] for place in chosen],
            [self.customer_ids[place] for place in chosen],
            None if self.texts is None else [self.texts[place] for place in chosen],
        )


class ColumnReader:
    """Makes columns of the events of one source topic."""

    def __init__(self, topic: str, codes: LabelCodes) -> None:
        self._codes = codes
        self._measure, self._same = TOPICS[topic].measure, TOPICS[topic].same
        self._struct = wire.structs[topic]
        text = ("text",) if "text" in self._struct.__struct_fields__ else ()
        self._fields = ("event_id", "customer_id", *codes.labels, *text)

    def read(self, events: list[Event], times: Sequence[int]) -> EventColumns:
        """Return the columns of events, of one at least."""
        numbers = self._codes.numbers
        ids, customers, texts, codes, made = columns_of(events, self._struct, self._fields, numbers)
        named = None
        if None in customers:
            named = np.array([one is not None for one in customers])
        occurred, contributions = np.array(times, np.int64), self._contributions(events)
        return EventColumns(occurred, codes, contributions, made, named, ids, customers, texts)

    def _contributions(self, events: Sequence[Event]) -> dict[Metric, Contributions]:
        if self._same is not None:
            return {metric: Contributions(None) for metric, _, _ in self._same}
        return _by_metric(list(map(self._measure, events)))


def _columns_of(
    events: list[Event],
    struct: type[msgspec.Struct],  # noqa: ARG001 - by which the compiled one finds fields
    names: tuple[str, ...],
    codes: list[Numbers],
) -> tuple[list[str], list[str | None], list[str | None] | None, list[Codes], Coupons]:
    """Read ids, customers, texts, the numbers of labels, and the coupons of the customers.

    Args:
        events: one at least.
        struct: what all of them are.
        names: of the fields: id, customer, a label for each of `codes`; the text, if there is one.
        codes: by label, the number of each value; a new one is given a number.
    """
    columns = list(map(list, zip(*map(attrgetter(*names), events), strict=True)))
    event_ids, customer_ids, *labels = columns
    texts = labels.pop() if len(labels) > len(codes) else None
    numbers = [
        np.full(len(column), known[None])
        if column[0] is None and column.count(None) == len(column)
        else np.fromiter(map(known.__getitem__, column), np.int64, len(column))
        for known, column in zip(codes, labels, strict=True)
    ]
    made = coupons([one or "" for one in customer_ids])
    return event_ids, customer_ids, texts if texts and any(texts) else None, numbers, made


columns_of = compiled.instead_of(_columns_of, "event_columns")


def _by_metric(made: list[Sequence[Contribution]]) -> dict[Metric, Contributions]:
    """Sort what events contribute by metric."""
    first = made[0]
    if len(first) == 1 and first[0][2] is None and made.count(first) == len(made):
        return {first[0][0]: Contributions(None)}
    columns: dict[Metric, tuple[list[int], list[int], list[str | None]]] = {}
    for place, contributions in enumerate(made):
        for metric, amount, currency in contributions:
            places, amounts, currencies = columns.setdefault(metric, ([], [], []))
            places.append(place)
            amounts.append(amount)
            currencies.append(currency)
    return {
        metric: Contributions(np.array(places), np.array(amounts, np.int64), currencies)
        for metric, (places, amounts, currencies) in columns.items()
    }
