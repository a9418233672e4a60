"""Columns of events are read alike, compiled and in Python."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from streams.core.catalogue import TOPICS
from streams.core.ingest.event_columns import _columns_of, columns_of
from streams.core.ingest.label_codes import LabelCodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.wire import Event

NAMES = st.one_of(
    st.text(max_size=40, alphabet=st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ["", "a" * 15, "a" * 16, "b" * 17, "c" * 32, "\0", "\0" * 20, "Zoë", "zoë", "𝄞"]
    ),
)
MAYBE = st.none() | NAMES
LABELS = TOPICS["complaints"].labels
TEXTS = st.sampled_from([None, None, "", "Why?"])
EVENTS = st.lists(st.tuples(NAMES, MAYBE, TEXTS, *[MAYBE] * len(LABELS)), min_size=1, max_size=12)


def complaint(given: tuple[str | None, ...]) -> Event:
    event_id, customer_id, text, *labels = given
    fields: dict[str, Any] = dict(zip(LABELS, labels, strict=True))
    struct: Callable[..., Any] = wire.structs["complaints"]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    made = struct(event_id=event_id, customer_id=customer_id, occurred_at=at, text=text, **fields)
    return cast("Event", made)


def read(function: Callable[..., Any], codes: LabelCodes, events: list[Event], *text: str) -> Any:
    names = ("event_id", "customer_id", *LABELS, *text)
    struct = wire.structs["complaints"]
    ids, customers, texts, numbers, coupons = function(events, struct, names, codes.numbers)
    types = [one.dtype for one in (*numbers, coupons)]
    return ids, customers, texts, [one.tolist() for one in (*numbers, coupons)], types


@given(st.lists(EVENTS, max_size=3))
def test_columns_and_the_numbers_of_new_values_are_those_of_the_twin(
    batches: list[list[tuple[str | None, ...]]],
) -> None:
    aliases = {LABELS[0]: {"zoë": "Zoë"}}
    ours, twins = LabelCodes(LABELS, aliases), LabelCodes(LABELS, aliases)
    for batch in batches:
        events = list(map(complaint, batch))
        for text in ((), ("text",)):
            expected = read(_columns_of, twins, events, *text)
            assert read(columns_of, ours, events, *text) == expected
    assert ours.numbers == twins.numbers
    assert [one.names for one in ours.numbers] == [one.names for one in twins.numbers]


@pytest.mark.parametrize("customer", ["\ud800", "long" * 9 + "\udfff"])
def test_a_name_that_is_no_unicode_raises_in_both(customer: str) -> None:
    events = [complaint(("e", customer, None, *[None] * len(LABELS)))]
    for function in (_columns_of, columns_of):
        with pytest.raises(UnicodeEncodeError):
            read(function, LabelCodes(LABELS, {}), events)


class Other(msgspec.Struct):
    """Another struct with fields of the same names."""

    event_id: str = "e"
    customer_id: str = "c"


def test_what_is_no_event_of_the_topic_is_not_read() -> None:
    with pytest.raises((TypeError, AttributeError)):
        read(columns_of, LabelCodes(LABELS, {}), [cast("Event", Other())])
