"""Ids that are packed are known as those that are not: of the same events, for as long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from events import T0, WALL, complaint, records
from hypothesis import given
from hypothesis import strategies as st

from streams.core.ingest import deduplicate, packed_ids
from streams.core.ingest.decode import Decoder
from streams.core.ingest.deduplicate import Deduplicator
from streams.core.ingest.packed_ids import PackedIds, hashes_of
from streams.core.ingest.stage import IngestStage
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.ingest.packed_ids import Hashes

MINUTE, HOUR = 60, 3600
SETTINGS = Settings()
NEVER_MANY = 1 << 40

EVENT = st.tuples(st.integers(0, 30), st.integers(0, 200))
"""Number of the id, and minutes after T0."""
BATCHES = st.lists(st.lists(EVENT, min_size=1, max_size=12), max_size=12)


@pytest.fixture(autouse=True)
def _one_is_many() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deduplicate, "MANY", 1)
        yield


def accepted(batches: list[list[tuple[int, int]]], many: int) -> list[object]:
    decoder = Decoder("complaints", 0, SETTINGS.tables)
    found: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deduplicate, "MANY", many)
        for batch in batches:
            made = [complaint(f"e{n}", T0 + minute * MINUTE) for n, minute in batch]
            found.append([event.event_id for event in decoder.accept(records(*made), WALL).events])
            found.append(sorted(decoder.seen.drain_forgotten()))
    return [*found, dict(decoder.outcomes), len(decoder.seen)]


@given(BATCHES)
def test_what_is_accepted_does_not_depend_on_what_is_packed(
    batches: list[list[tuple[int, int]]],
) -> None:
    assert accepted(batches, 1) == accepted(batches, NEVER_MANY)


def test_a_slot_is_packed_once_no_bucket_of_it_is_open() -> None:
    seen = Deduplicator(HOUR, open_for=10 * MINUTE)
    seen.add(["a", "b"], np.array([T0, T0]))
    assert seen.due == T0 + 20 * MINUTE
    seen.forget(T0 + 20 * MINUTE - 1)
    assert set(seen.ids) == {"a", "b"}
    seen.forget(T0 + 20 * MINUTE)
    assert not seen.ids
    assert len(seen) == 2
    assert seen.among_packed(["b", "c"]) == {"b"}
    assert seen.due == T0 + 10 * MINUTE + HOUR
    seen.forget(seen.due)
    assert len(seen) == 0
    assert seen.drain_forgotten() == [T0]


def test_a_slot_of_few_ids_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deduplicate, "MANY", 3)
    seen = Deduplicator(HOUR, open_for=10 * MINUTE)
    seen.add(["a", "b"], np.array([T0, T0]))
    seen.forget(T0 + 30 * MINUTE)
    assert set(seen.ids) == {"a", "b"}
    assert seen.due == T0 + 10 * MINUTE + HOUR


def test_an_id_is_not_known_by_the_hash_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(ids: Sequence[str]) -> Hashes:
        return np.zeros(len(ids), np.uint32)

    monkeypatch.setattr(packed_ids, "hashes_of", same)
    packed = PackedIds(["a", "bc", "", "dé"])
    asked = ["b", "bc", "c", "a", "ab", "", "dé", "d"]
    assert list(packed.among(asked, same(asked))) == ["bc", "a", "", "dé"]


@given(st.lists(st.text(max_size=3), unique=True, min_size=1), st.lists(st.text(max_size=3)))
def test_those_that_were_packed_are_among_them_and_no_others(
    ids: list[str], rest: list[str]
) -> None:
    asked = ids + rest
    found = list(PackedIds(ids).among(asked, hashes_of(asked)))
    assert found == [one for one in asked if one in ids]


def test_what_was_written_down_is_packed_as_it_is_read() -> None:
    rows: dict[bytes, bytes] = {}
    first = IngestStage(0, 1, SETTINGS)
    for minute in range(40):
        first.process("complaints", records(complaint(f"{minute}", T0 + minute * MINUTE)), WALL)
    rows.update({key: value for key, value in first.flush(1, WALL).rows if value is not None})
    later = IngestStage(0, 1, SETTINGS)
    later.restore(rows)
    seen = later._topics["complaints"].decoder.seen  # noqa: SLF001 - packed or not, nobody can tell
    assert later.sizes()["event_ids"] == 40
    assert set(seen.ids) == {str(minute) for minute in range(20, 40)}
    later.process(
        "complaints", records(*(complaint(f"{n}", T0 + 39 * MINUTE) for n in (3, 33))), WALL
    )
    assert later.outcomes()["complaints", "duplicate"] == 2
