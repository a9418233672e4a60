"""What is kept of single events as evidence, until it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.core.ingest.accepted import AcceptedBatch
from streams.core.ingest.cells import MAX_PRINTS, MAX_SAMPLE_TEXTS, Cells, Detail
from streams.core.ingest.grouping import Group
from streams.core.ingest.publish import (
    MAX_DETAILS_A_MESSAGE,
    MAX_LETTERS_A_MESSAGE,
    SeriesPartitions,
    SnapshotPublisher,
)
from streams.core.ingest.series_router import SeriesRouter
from streams.core.masking import EXCERPT
from streams.core.messages import Details
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    import random

Event = tuple[str, str | None, str | None, int]
"""Id, customer, text and time."""

TEXT = "you closed my account {} and nobody at the branch could tell me why this happened"
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 60).map(str),  # so few that some meet
        st.sampled_from(("ana", "bo", None)),
        st.sampled_from((None, "", "too dear", *(TEXT.format(n) for n in "abc"))),
        st.integers(0, 300),
    ),
    min_size=1,
    max_size=90,
)


def grouped(events: list[Event]) -> Group:
    batch = AcceptedBatch("complaints")
    columns = [list(column) for column in zip(*events, strict=True)] or [[], [], [], []]
    batch.event_ids, batch.customer_ids, batch.texts, batch.times = columns
    group = Group(batch)
    group.count = len(events)
    group.shown = list(range(len(events)))
    return group


def hashed(name: str) -> int:
    return crc32(name.encode())


@given(EVENTS, st.lists(st.integers(0, 90), max_size=4), st.randoms(use_true_random=False))
def test_of_all_events_the_smallest_hashes_stay_in_whatever_batches_they_come(
    events: list[Event], cuts: list[int], dice: random.Random
) -> None:
    prints = sorted(fingerprints.make(hashed(a), b, c, d) for a, b, c, d in events)
    texts = sorted((hashed(name), text) for name, _, text, _ in events if text)
    dice.shuffle(events)
    detail = Detail()
    ends = sorted({*cuts, len(events)})
    for start, end in zip([0, *ends], ends, strict=False):
        detail.add(grouped(events[start:end]))
    assert detail.prints == b"".join(prints[:MAX_PRINTS])
    assert detail.samples == texts[:MAX_SAMPLE_TEXTS]
    assert detail.count == len(events)


def test_a_long_text_is_kept_cut_at_the_end_of_a_word() -> None:
    detail = Detail()
    detail.add(grouped([("1", None, "word " * 2_000, 7)]))
    ((_, text),) = detail.samples
    assert EXCERPT - 10 < len(text) < EXCERPT
    assert text.endswith("word")


def test_messages_of_details_are_bounded_whatever_was_said() -> None:
    cells = Cells(SeriesRouter({"complaints": []}, 100), ("complaints",))
    for number in range(3 * MAX_DETAILS_A_MESSAGE):
        group = grouped([(str(n), None, "words that go on and on " * 40, 7) for n in range(3)])
        company = f"company {number}" if number < MAX_DETAILS_A_MESSAGE else "one"
        labels = ("Loan", "Rate", None, company, "CA", None)
        cells.add({(0, "complaints", labels, None): group})
    publisher = SnapshotPublisher("complaints", 0, SeriesPartitions(1))
    source = publisher.source(1, 600, idle=False)
    sends = list(publisher.details(cells, source, "complaints"))
    sent = [msgspec.msgpack.decode(send.value or b"", type=Details) for send in sends]
    assert sum(len(one.rows) for one in sent) == MAX_DETAILS_A_MESSAGE + 1
    assert max(len(send.value or b"") for send in sends) < MAX_LETTERS_A_MESSAGE + 10_000 + 500_000
    assert len(sent) > 1
    # The last one alone says how far the source is.
    assert [one.source.part for one in sent] == list(range(len(sent)))
    assert [one.source.watermark == 600 for one in sent] == [False] * (len(sent) - 1) + [True]
    assert not any(row.samples for one in sent for row in one.rows)
