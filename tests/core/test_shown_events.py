"""What is kept of single events as evidence, until it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.catalogue import TOPICS
from streams.core.detail_messages import decode
from streams.core.ingest.details import (
    MAX_DETAILS_A_PART,
    MAX_LETTERS_A_PART,
    MAX_PRINTS,
    MAX_SAMPLE_TEXTS,
    Details,
)
from streams.core.ingest.event_columns import Contributions, EventColumns
from streams.core.ingest.label_codes import LabelCodes
from streams.core.ingest.publish import SeriesPartitions, SnapshotPublisher
from streams.core.masking import EXCERPT
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    import random

    from schemas.metrics import Metric
    from streams.core.detail_columns import DetailColumns

WATCHED: tuple[Metric, ...] = ("complaints",)
CODES = LabelCodes(TOPICS["complaints"].labels, {})
Event = tuple[str, str | None, str | None, int]
"""Id, customer, text and time."""

TEXT = "you closed my account {} and nobody at the branch could tell me why this happened"
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 60).map(str),  # so few that some meet
        st.sampled_from(("ana", "bo", None)),
        st.sampled_from((None, "", "too dear", *(TEXT.format(n) for n in "abc"))),
        st.integers(0, 299),
    ),
    min_size=1,
    max_size=90,
)


def columns(events: list[Event]) -> EventColumns:
    """Complaints of one bucket, all with the same labels."""
    ids, customers, texts, times = zip(*events, strict=True)
    return EventColumns(
        np.array(times, np.int64),
        [np.full(len(events), known[None]) for known in CODES.numbers],
        {"complaints": Contributions(None)},
        np.zeros(len(events), np.uint32),
        None,
        ids,
        customers,
        texts if any(texts) else None,
    )


def kept(*parts: list[Event]) -> DetailColumns:
    details = Details("complaints", CODES, WATCHED)
    for part in parts:
        if part:
            details.add(columns(part))
    changed, _ = details.drain(0, whole=True)
    rows = changed.rows
    assert rows.starts.size == 1
    assert changed.letters.tolist() == letters_of(rows)
    again = Details("complaints", CODES, WATCHED)
    again.restore("complaints", (1, 0), rows)
    again.restored()
    again.add(columns([("new", None, "some more", 7)]))
    changed, _ = again.drain(0, whole=False)
    assert changed.letters.tolist() == letters_of(changed.rows)
    again.forget(0)
    again.add(columns([("later", None, None, 307)]))
    changed, _ = again.drain(300, whole=False)
    assert changed.letters.tolist() == [0], "what is gone has no texts"
    return rows


def letters_of(rows: DetailColumns) -> list[int]:
    return [sum(len(text.encode()) for _, text in samples) for samples in rows.samples()]


def hashed(name: str) -> int:
    return crc32(name.encode())


@given(EVENTS, st.lists(st.integers(0, 90), max_size=4), st.randoms(use_true_random=False))
def test_of_all_events_the_smallest_hashes_stay_in_whatever_batches_they_come(
    events: list[Event], cuts: list[int], dice: random.Random
) -> None:
    prints = sorted(fingerprints.make(hashed(a), b, c, d) for a, b, c, d in events)
    texts = sorted({(hashed(name), text) for name, _, text, _ in events if text})
    dice.shuffle(events)
    ends = sorted({*cuts, len(events)})
    detail = kept(*(events[start:end] for start, end in zip([0, *ends], ends, strict=False)))
    assert detail.written_prints() == [b"".join(prints[:MAX_PRINTS])]
    assert detail.samples() == [texts[:MAX_SAMPLE_TEXTS]]
    assert detail.counts.tolist() == [len(events)]


def test_a_long_text_is_kept_cut_at_the_end_of_a_word() -> None:
    (((_, text),),) = kept([("1", None, "word " * 2_000, 7)]).samples()
    assert EXCERPT - 10 < len(text) < EXCERPT
    assert text.endswith("word")


def test_messages_of_details_are_bounded_whatever_was_said() -> None:
    details = Details("complaints", CODES, WATCHED)
    number = 3 * MAX_DETAILS_A_PART
    events: list[Event] = [
        (f"{n}-{m}", None, "words that go on and on " * 40, 7)
        for m in range(3)
        for n in range(number)
    ]
    companies = [f"company {n}" if n < MAX_DETAILS_A_PART else "one" for n in range(number)]
    codes = [
        np.array(
            [
                known[value]
                for value in (companies * 3 if name == "company" else ["CA"] * 3 * number)
            ]
        )
        for name, known in zip(CODES.labels, CODES.numbers, strict=True)
    ]
    details.add(columns(events)._replace(codes=codes))
    publisher = SnapshotPublisher("complaints", 0, [], SeriesPartitions(1))
    source = publisher.source(1, 600, idle=False)
    sends = list(publisher.details(details.drain(0, whole=False)[0], source))
    sent = [decode(send.value or b"") for send in sends]
    assert sum(len(one.rows) for one in sent) == MAX_DETAILS_A_PART + 1
    assert max(len(send.value or b"") for send in sends) < MAX_LETTERS_A_PART + 10_000 + 500_000
    assert len(sent) > 1
    # The last one alone says how far the source is.
    assert [one.source.part for one in sent] == list(range(len(sent)))
    assert [one.source.watermark == 600 for one in sent] == [False] * (len(sent) - 1) + [True]
    assert not any(row.samples for one in sent for row in one.rows)
