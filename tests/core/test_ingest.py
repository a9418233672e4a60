"""The fold stage: every event received is folded, refused, late or a duplicate."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from events import T0, WALL, complaint, records
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.detail_messages import decode
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS, SIGNALS
from streams.core.partials import read as read_partials
from streams.core.stage import SourceProgress
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.stage import Flush

SETTINGS = Settings()
HOUR = 3600
TOTAL = '["complaints",{}]'


def reported(flush: Flush) -> dict[tuple[str, int], int]:
    """Counts by series and bucket in the partials of a flush."""
    found: dict[tuple[str, int], int] = {}
    for send in flush.sends:
        if send.topic == PARTIALS:
            assert send.value is not None
            for name, cells in read_partials(send.value).series:
                found |= {(name, cell[0]): cell[1] for cell in cells}
    return found


def outcomes(stage: IngestStage) -> dict[str, int]:
    return {what: n for (_, what), n in stage.outcomes().items() if n}


def test_counts_an_event_once_in_every_breakdown() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    event = complaint("e1", T0, product="Loan", issue="Fees", company="ACME", region="NY")
    stage.process("complaints", records(event, event), WALL)
    assert outcomes(stage) == {"folded": 1, "duplicate": 1}
    assert reported(stage.flush(1, WALL)) == {
        ('["complaints",{}]', T0): 1,
        ('["complaints",{"segment":"unknown"}]', T0): 1,
        ('["complaints",{"product":"Loan"}]', T0): 1,
        ('["complaints",{"issue":"Fees","product":"Loan"}]', T0): 1,
        ('["complaints",{"company":"ACME"}]', T0): 1,
        ('["complaints",{"region":"NY"}]', T0): 1,
        ('["complaints",{"channel":"unknown"}]', T0): 1,
    }


def test_an_event_behind_watermark_and_grace_is_late_and_kept() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    new, late = complaint("new", T0 + HOUR), complaint("old", T0)
    stage.process("complaints", records(new, late), WALL)
    assert outcomes(stage) == {"folded": 1, "late": 1}
    [send] = [s for s in stage.flush(1, WALL).sends if s.topic == "late"]
    assert send.value is not None
    row = json.loads(send.value)
    assert (row["event"], row["lateness_s"], row["offset"]) == (late, HOUR, 1)


def test_an_event_within_grace_is_folded() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process("complaints", records(complaint("new", T0 + 800), complaint("old", T0)), WALL)
    assert outcomes(stage) == {"folded": 2}


def test_an_event_ahead_of_the_clock_is_refused() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    ahead = complaint("e", int(WALL) + 301)
    stage.process("complaints", records(ahead, complaint("e", int(WALL) + 300)), WALL)
    assert stage.refusals() == {("complaints", "from_the_future"): 1}
    assert outcomes(stage) == {"refused": 1, "folded": 1}


JUNK = {
    b'{"event_id": "x", "occurred': "truncated",
    b'{"event_id": 7, "occurred_at": "2024-03-04T00:00:00Z"}': "wrong_type",
    b'{"event_id": "x"}': "missing_field",
    b'{"event_id": "x", "occurred_at": "9999-01-01T00:00:00Z"}': "from_the_future",
    b'{"event_id": "x", "occurred_at": "1969-12-31T23:59:59Z"}': "out_of_range",
    b'{"event_id": "x", "occurred_at": "0001-01-01T00:00:00+23:59"}': "out_of_range",
    b'{"event_id": "x", "occurred_at": "2024-03-04T00:00:00Z", "customer_id": "%b"}'
    % (b"a" * 2_000_000): "too_long",
    b'{"event_id": "\xff", "occurred_at": "2024-03-04T00:00:00Z"}': "not_utf8",
    b"": "empty",
    None: "null_value",
    b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}": "too_deep",
}


@pytest.mark.parametrize(("payload", "reason"), JUNK.items())
def test_junk_costs_one_event_with_its_reason(payload: bytes | None, reason: str) -> None:
    stage = IngestStage(3, 1, SETTINGS)
    good = complaint("good", T0)
    stage.process("complaints", records(payload, good), WALL)
    assert stage.refusals() == {("complaints", reason): 1}
    assert outcomes(stage) == {"folded": 1, "refused": 1}
    [send] = [s for s in stage.flush(1, WALL).sends if s.topic == "deadletter"]
    assert send.key == b"complaints:3:0"


def test_the_cap_sends_the_rest_to_other() -> None:
    tables = SETTINGS.tables.model_copy(update={"label_cap": 2})
    stage = IngestStage(0, 1, SETTINGS.model_copy(update={"tables": tables}))
    events = [complaint(f"e{n}", T0, company=name) for n, name in enumerate("ABCDA")]
    stage.process("complaints", records(*events), WALL)
    counts = {
        json.loads(name)[1]["company"]: n
        for (name, _), n in reported(stage.flush(1, WALL)).items()
        if '"company"' in name
    }
    assert counts == {"A": 2, "B": 1, "other": 2}


def test_a_topic_read_to_its_end_and_quiet_becomes_idle() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process("complaints", records(complaint("e", T0)), WALL)
    stage.tick(WALL + 29, {"complaints"})
    stage.flush(1, WALL)
    stage.tick(WALL + 31, {"complaints"})
    sends = [s.value for s in stage.flush(2, WALL).sends if s.topic == PARTIALS]
    sources = [read_partials(v).source for v in sends if v is not None]
    assert {(s.topic, s.idle) for s in sources} == {("complaints", True)}


def evidence(flush: Flush) -> list[tuple[int, int]]:
    """Start and count of each detail that a flush sends on."""
    found = [decode(send.value or b"") for send in flush.sends if send.topic == SIGNALS]
    return [(row.start, row.count) for message in found for row in message.rows]


def test_evidence_is_sent_once_when_its_bucket_can_no_longer_change() -> None:
    stage, rows = IngestStage(0, 1, SETTINGS), dict[bytes, bytes]()
    for number, time in enumerate((T0, T0 + 10, T0 + 890), 1):
        stage.process("complaints", records(complaint(f"e{number}", time)), WALL)
        flush = stage.flush(number, WALL)
        assert evidence(flush) == []
        rows |= {key: value for key, value in flush.rows if value is not None}
    taken_over = IngestStage(0, 1, SETTINGS)
    taken_over.restore(rows)
    for one in (stage, taken_over):
        one.process("complaints", records(complaint("e4", T0 + 900)), WALL)
        assert evidence(one.flush(4, WALL)) == [(T0, 2)]
        one.process("complaints", records(complaint("e5", T0 + 901)), WALL)
        assert evidence(one.flush(5, WALL)) == []


def test_evidence_of_what_is_open_is_sent_when_its_partition_is_idle() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process("complaints", records(complaint("e", T0)), WALL)
    flush = stage.flush(1, WALL)
    rows = {key: value for key, value in flush.rows if value is not None}
    stage.tick(WALL + 31, {"complaints"})
    assert evidence(stage.flush(2, WALL)) == [(T0, 1)]
    stage.tick(WALL + 62, {"complaints"})
    assert evidence(stage.flush(3, WALL)) == [], "it was sent"
    stage.process("complaints", records(complaint("f", T0)), WALL + 62)
    assert evidence(stage.flush(4, WALL)) == [], "it is idle no more"
    stage.tick(WALL + 93, {"complaints"})
    assert evidence(stage.flush(5, WALL)) == [(T0, 2)]
    taken_over = IngestStage(0, 1, SETTINGS)  # of what was sent nothing is written down
    taken_over.restore(rows)
    for wall in (WALL, WALL + 31):
        taken_over.tick(wall, {"complaints"})
    assert evidence(taken_over.flush(2, WALL)) == [(T0, 1)]


def test_it_tells_how_far_its_partition_is_in_event_time() -> None:
    stage = IngestStage(2, 1, SETTINGS)
    assert list(stage.source_progress()) == []
    stage.process("complaints", records(complaint("e", T0)), WALL)
    assert list(stage.source_progress()) == [SourceProgress("complaints", 2, T0, ended=False)]
    stage.tick(WALL + 1, {"complaints"})
    assert list(stage.source_progress()) == [SourceProgress("complaints", 2, T0, ended=True)]
    stage.process("complaints", records(complaint("f", T0 + 60)), WALL + 2)
    assert list(stage.source_progress()) == [SourceProgress("complaints", 2, T0 + 60, ended=False)]


# -- laws ------------------------------------------------------------------------------------

event_lists = st.lists(
    st.builds(
        complaint,
        st.sampled_from([f"e{n}" for n in range(40)]),
        st.integers(T0, T0 + 4 * HOUR),
        product=st.sampled_from(["Loan", "Card"]),
        customer_id=st.sampled_from(["c1", "c2", None]),
    ),
    max_size=40,
)


@pytest.mark.slow
@given(event_lists, st.lists(st.integers(0, 40)))
@settings(deadline=None)
def test_any_batching_and_crash_gives_one_pass(
    events: list[dict[str, Any]], cuts: list[int]
) -> None:
    rows = records(*events)
    whole = IngestStage(0, 2, SETTINGS)
    whole.process("complaints", rows, WALL)
    expected: dict[tuple[str, int], int] = reported(whole.flush(1, WALL))

    found: dict[tuple[str, int], int] = {}
    changelog: dict[bytes, bytes] = {}
    stage = IngestStage(0, 2, SETTINGS)
    bounds = sorted({0, len(rows), *(c for c in cuts if c < len(rows))})
    for number, (start, end) in enumerate(pairwise(bounds), 1):
        stage.process("complaints", rows[start:end], WALL)
        flush = stage.flush(number, WALL)
        found |= reported(flush)
        for key, value in flush.rows:
            if value is None:
                del changelog[key]
            else:
                changelog[key] = value
        stage = IngestStage(0, 2, SETTINGS)  # it crashed; another takes over
        stage.restore(changelog)
    assert found == expected
    assert outcomes(stage) == outcomes(whole)


@given(event_lists)
@settings(deadline=None)
def test_conserves_events(events: list[dict[str, Any]]) -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process("complaints", records(*events, b"junk"), WALL)
    counts = Counter(outcomes(stage))
    assert counts.total() == len(events) + 1
    totals = {
        bucket: n for (name, bucket), n in reported(stage.flush(1, WALL)).items() if name == TOTAL
    }
    assert sum(totals.values()) == counts["folded"]
