"""The codec of state rows: what stands on the wire, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.aggregate import kinds as aggregate
from streams.core.aggregate.periods.kinds import MOVEMENT_CELL, PUBLISHED
from streams.core.aggregate.periods.levels import STOCKS
from streams.core.alerts import kinds as alerts
from streams.core.changelog import (
    NOTHING,
    Kind,
    Layout,
    UnreadableStateError,
    json,
    literal,
    msgpack,
    number,
    series,
    text,
)
from streams.core.customers.kinds import CUSTOMER_CELL
from streams.core.event_time.buckets import GRAINS
from streams.core.evidence import kinds as evidence
from streams.core.ingest import kinds as ingest
from streams.core.series_key import series_key

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUTS = [one.LAYOUT for one in (ingest, aggregate, alerts)]

anything = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(1 << 70), 1 << 70)

NOTE: Kind[Any] = Kind("note", "n", (text("id"), number("at"), text("by")), msgpack(int))
TOTAL: Kind[Any] = Kind("total", "n", (literal("all"), json("labels", list[str])), msgpack(int))
PLAIN = Layout("test", 1, NOTE, TOTAL)


def read(layout: Layout, key: bytes, value: bytes) -> Any:
    (row,) = layout.read({key: value})
    return row


# -- keys ------------------------------------------------------------------------------------------


@given(anything, numbers, anything)
def test_ids_of_any_characters_come_back(note: str, at: int, by: str) -> None:
    key = NOTE.key(note, at, by)
    assert read(PLAIN, key, NOTE.encode(7)) == (NOTE, (note, at, by), 7)
    assert NOTE.keys(note)(at, by) == NOTE.keys(note, at)(by) == key


@given(st.tuples(anything, numbers, anything), st.tuples(anything, numbers, anything))
def test_other_fields_are_another_key(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (NOTE.key(*one) == NOTE.key(*other)) == (one == other)


@given(st.lists(anything))
def test_labels_of_any_characters_come_back(labels: list[str]) -> None:
    key = TOTAL.key("all", labels)
    assert read(PLAIN, key, TOTAL.encode(7)) == (TOTAL, ("all", labels), 7)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('a-1 é 日本 🙂 "quoted" \\ 50%', 'n\ta-1 é 日本 🙂 "quoted" \\ 50%\t7\tme'.encode()),
        ("tab\there", b"n\ttab\x10Ihere\t7\tme"),
        ("line\nNUL\0 DLE\x10", b"n\tline\x10JNUL\x10@ DLE\x10P\t7\tme"),
    ],
)
def test_only_control_characters_are_escaped(written: str, key: bytes) -> None:
    assert NOTE.key(written, 7, "me") == key


def test_a_lone_surrogate_is_refused() -> None:
    """It has no bytes, so it would not come back. No event has one: its bytes are UTF-8."""
    with pytest.raises(UnicodeEncodeError):
        NOTE.key("\ud800", 7, "me")
    with pytest.raises(UnicodeEncodeError):
        TOTAL.key("all", ["\ud800"])


TOTAL_COMPLAINTS = series_key("complaints", {"product": "Lo\tan é"})


@pytest.mark.parametrize(
    ("found", "written"),
    [
        (ingest.PROGRESS.key("complaints"), "m\tcomplaints"),
        (
            ingest.CELL.key("complaints", 300, TOTAL_COMPLAINTS),
            f"c\tcomplaints\t300\t{TOTAL_COMPLAINTS}",
        ),
        (
            ingest.DETAIL.key("complaints", 300, ("complaints", ("a\tb", None))),
            'd\tcomplaints\t300\t["complaints",["a\\tb",null]]',
        ),
        (
            ingest.DETAILS.key("complaints", 300, "complaints", 12, 0),
            "d\tcomplaints\t300\tcomplaints\t12\t0",
        ),
        (ingest.CUSTOMER_FLOW.key("signups", 0, "gr\too"), 'h\tsignups\t0\t"gr\\too"'),
        (ingest.EVENT_IDS.key("complaints", 600, 12), "e\tcomplaints\t600\t12"),
        (ingest.HOURLY_IDS.key("complaints", 3600, 12), "i\tcomplaints\t3600\t12"),
        (ingest.ADMITTED.key(TOTAL_COMPLAINTS), f"n\t{TOTAL_COMPLAINTS}"),
        (aggregate.PROGRESS.key("revenue"), "t\trevenue"),
        (aggregate.SOURCE.key("revenue", 3), "s\trevenue\t3"),
        (
            aggregate.BUCKET.key("complaints", "1d", 86400, TOTAL_COMPLAINTS),
            f"b\tcomplaints\t1d\t86400\t{TOTAL_COMPLAINTS}",
        ),
        (
            aggregate.SNAPSHOT.key("complaints", 300, 2, TOTAL_COMPLAINTS),
            f"p\tcomplaints\t300\t2\t{TOTAL_COMPLAINTS}",
        ),
        (
            aggregate.DETECTOR.key("complaints", TOTAL_COMPLAINTS),
            f"x\tcomplaints\t{TOTAL_COMPLAINTS}",
        ),
        (aggregate.CUSTOMER_FLOW.key("signups", 0, "gr\too", 2), 'h\tsignups\t0\t"gr\\too"\t2'),
        (aggregate.SETTLED_FLOW.key("signups", "base", "gr\too"), 'h\tsignups\tbase\t"gr\\too"'),
        (alerts.ALERT.key("complaints", "6d6cbaafe7bfb991"), "a\tcomplaints\t6d6cbaafe7bfb991"),
        (alerts.HANDLING.key("complaints", "6d6cbaafe7bfb991"), "p\tcomplaints\t6d6cbaafe7bfb991"),
        (alerts.STEP.key("complaints"), "t\tcomplaints"),
        (alerts.LANE.key("complaints", 2), "l\tcomplaints\t2"),
        (alerts.WAITING.key("complaints", 2, 9), "w\tcomplaints\t2\t9"),
        (evidence.LABEL_NAMES.key("complaints"), "n\tcomplaints"),
        (evidence.SOURCE.key("complaints", 2), "s\tcomplaints\t2"),
        (evidence.OPEN_BUCKET.key("complaints", 2, 300), "o\tcomplaints\t2\t300"),
        (evidence.OPEN_COLUMNS.key("complaints", 2, 300), "b\tcomplaints\t2\t300"),
        (evidence.HOUR_ROWS.key("complaints", 0, 3600), "h\tcomplaints\t0\t3600"),
        (evidence.DAY_COUNTS.key("complaints", 0, 86400), "d\tcomplaints\t0\t86400"),
        (evidence.HOUR_COLUMNS.key("complaints", 0, 3600), "H\tcomplaints\t0\t3600"),
        (evidence.DAY_COLUMNS.key("complaints", 0, 86400), "D\tcomplaints\t0\t86400"),
    ],
)
def test_what_stands_on_the_wire_is_what_stood_there(found: bytes, written: str) -> None:
    assert found == written.encode()


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "reported"),
    [
        (b"q\tx", b"", "the kind 'q' is unknown"),
        (b"", b"", "the kind '' is unknown"),
        (b"n\xff", b"", "the key is no text"),
        (b"n\tx", b"\x07", "the key has 1 fields; a row of kind 'note' (n) has id, at, by or "),
        (b"n\tx\t7\tme\tmore", b"\x07", "the key has 4 fields"),
        (b"n\tx\tseven\tme", b"\x07", "of a row of kind 'note' (n), the field at cannot be read: "),
        (b"n\tx\t07\tme", b"\x07", "the field at cannot be read: '07' is no number"),
        (b"n\tx\t7_0\tme", b"\x07", "the field at cannot be read: '7_0' is no number"),
        (b"n\tx\x10!\t7\tme", b"\x07", "the field id cannot be read: '\\x10!' stands for no"),
        (b"n\tx\x10\t7\tme", b"\x07", "the field id cannot be read: '\\x10' stands for no"),
        (b"n\tsum\t[]", b"\x07", "of a row of kind 'total' (n), the field all cannot be"),
        (b"n\tall\t[7]", b"\x07", "the field labels cannot be read: Expected `str`, got `int`"),
        (b"n\tx\t7\tme", b"\xa1x", "of a row of kind 'note' (n), the value cannot be read"),
        (b"n\tx\t7\tme", b"", "of a row of kind 'note' (n), the value cannot be read: "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_words(key: bytes, value: bytes, reported: str) -> None:
    with pytest.raises(UnreadableStateError) as caught:
        list(PLAIN.read({NOTE.key("good", 1, "me"): NOTE.encode(1), key: value}))
    words = str(caught.value)
    assert words.startswith("stage 'test', row '")
    assert reported in words
    assert "If a newer one wrote it, run that on every host; else start anew" in words


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.stage)
def test_a_row_of_another_version_of_its_kind_is_refused(layout: Layout) -> None:
    """Whatever the kind: a field more, a value of another type."""
    made: dict[str, Callable[[], Any]] = {"series": lambda: series_key("complaints", {})}
    samples = {"topic": "complaints", "name": "complaints", "family": "complaints",
                   "metric": "complaints", "grain": GRAINS[0], "base": "base",
               "series": made["series"](), "segment": "s", "labels": ("complaints", ("a",)),
               "alert": "x", "definitions": "definitions", "clock": "clock",
               "customer": "c", "about": "x", "incident": "x",
               "what": "movements", "movement": "new", "stock": STOCKS[0], "tier": None,
               "dimension": None, "label": None, "periods": "periods",
               "questions": "questions", "hash": "0a"}  # fmt: skip
    others = {
        CUSTOMER_CELL: {},  # numbers alone
        MOVEMENT_CELL: samples | {"grain": "1mo"},
        PUBLISHED: samples | {"grain": "month"},
    }
    for kind in layout.kinds:
        given = others.get(kind, samples)
        key = kind.key(*(given.get(field.name, 0) for field in kind.fields))
        for bad in (key + b"\t1\t1\t1", key[:1]):
            with pytest.raises(UnreadableStateError, match="fields"):
                read(layout, bad, msgspec.msgpack.encode(1))
        with pytest.raises(UnreadableStateError, match="the value cannot be read"):
            read(layout, key, b"\xc1")


@pytest.mark.parametrize(
    ("layout", "key"),
    [
        (ingest.LAYOUT, ingest.PROGRESS.key("orders")),
        (aggregate.LAYOUT, aggregate.BUCKET.key("complaints", "2h", 0, TOTAL_COMPLAINTS)),
        (aggregate.LAYOUT, aggregate.DETECTOR.key("complaints", '["orders",{}]')),
        (alerts.LAYOUT, alerts.STEP.key("orders")),
    ],
)  # fmt: skip
def test_a_word_that_this_release_does_not_know_is_refused(layout: Layout, key: bytes) -> None:
    with pytest.raises(UnreadableStateError, match="cannot be read"):
        read(layout, key, b"")


# -- the table -------------------------------------------------------------------------------------


def test_a_row_stands_for_one_kind() -> None:
    with pytest.raises(ValueError, match="two kinds of stage 'x' have one letter"):
        Layout(
            "x", 1, Kind("a", "a", (number("n"),), NOTHING), Kind("b", "a", (series("s"),), NOTHING)
        )


def test_a_kind_is_not_newer_than_its_layout() -> None:
    with pytest.raises(ValueError, match=r"kind 'a' \(a\) is newer than version 1"):
        Layout("x", 1, Kind("a", "a", (), NOTHING, since=2))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.stage)
def test_every_kind_has_a_name_of_its_own(layout: Layout) -> None:
    assert len({kind.name for kind in layout.kinds}) == len(layout.kinds)
