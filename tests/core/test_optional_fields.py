"""An optional field costs no event, and spellings of one name are counted as one: live, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import T0, WALL, complaint, records

from streams.core.ingest.decode import MENDED
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS
from streams.core.partials import read as read_partials
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.stage import Flush

SETTINGS = Settings()


def companies(flush: Flush) -> dict[str, int]:
    found: dict[str, int] = {}
    for send in flush.sends:
        if send.topic == PARTIALS and send.value is not None:
            for name, cells in read_partials(send.value).series:
                if '"company"' in name:
                    found[name.split('"')[5]] = sum(cell[1] for cell in cells)
    return found


def test_a_word_that_is_not_known_is_counted_and_so_is_the_event() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    events = [
        complaint(f"e{n}", T0, severity=word) for n, word in enumerate(["urgent"] * 2 + ["low"])
    ]
    stage.process("complaints", records(*events), WALL)
    assert stage.outcomes()["complaints", "folded"] == 3
    assert stage.mended() == {("complaints", "severity: urgent"): 2}


def test_the_counts_come_back_from_the_changelog() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    stage.process("complaints", records(complaint("e", T0, severity="urgent")), WALL)
    rows = {key: value for key, value in stage.flush(1, WALL).rows if value is not None}
    other = IngestStage(0, 1, SETTINGS)
    other.restore(rows)
    assert other.mended() == {("complaints", "severity: urgent"): 1}


def test_words_beyond_a_bound_are_counted_as_one() -> None:
    stage = IngestStage(0, 1, SETTINGS)
    letters = "abcdefghijklmnopqrst"
    words = [first + second for first in letters for second in letters][: MENDED + 5]
    events = [complaint(f"e{n}", T0, severity=word) for n, word in enumerate(words)]
    stage.process("complaints", records(*events), WALL)
    assert stage.mended()["complaints", "severity: other"] == 5
    assert len(stage.mended()) == MENDED + 1


def test_spellings_are_counted_under_the_name_that_they_stand_for() -> None:
    aliases = {"company": {"ACME, INC.": "Acme", "acme": "Acme"}, "plan": {"x": "y"}}
    tables = SETTINGS.tables.model_copy(update={"aliases": aliases})
    stage = IngestStage(0, 1, SETTINGS.model_copy(update={"tables": tables}))
    names = ["Acme", "ACME, INC.", "acme", "Beta", None]
    events = [
        complaint(f"e{n}", T0, **({} if name is None else {"company": name}))
        for n, name in enumerate(names)
    ]
    stage.process("complaints", records(*events), WALL)
    assert companies(stage.flush(1, WALL)) == {"Acme": 3, "Beta": 1, "unknown": 1}
