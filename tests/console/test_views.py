from __future__ import annotations

from console_bed import recorded

from schemas.incidents import Incident
from schemas.topics import INCIDENTS
from streams.console.views.incidents import STAY_S, Recent, by_size

ROWS = [Incident.model_validate_json(value) for _, value in recorded()[INCIDENTS]]
REAL = [row for row in ROWS if row.verdict == "real"]


def test_what_comes_while_one_looks_stays_on_top_for_a_while() -> None:
    recent = Recent()
    assert recent.of(REAL[:2], 100.0, live=True) == []
    assert recent.of(REAL[:3], 200.0, live=True) == [REAL[2]]
    over = REAL[2].model_copy(update={"state": "resolved"})
    assert recent.of([*REAL[:2], over], 200.0 + STAY_S - 1, live=True) == [over]
    assert recent.of([*REAL[:2], over], 200.0 + STAY_S, live=True) == []


def test_an_artefact_does_not_stay_on_top() -> None:
    recent = Recent()
    recent.of([], 0.0, live=True)
    artefact = REAL[0].model_copy(update={"verdict": "artefact"})
    assert recent.of([artefact, REAL[1]], 1.0, live=True) == [REAL[1]]
    assert by_size([artefact, REAL[1]])[0] == REAL[1]


def test_what_is_read_at_the_beginning_is_no_news() -> None:
    recent = Recent()
    assert recent.of([], 0.0, live=False) == []
    assert recent.of(REAL[:2], 1.0, live=False) == []
    assert recent.of(REAL[:3], 2.0, live=True) == [REAL[2]]


def test_what_comes_while_much_is_waiting_is_news_once_all_was_read() -> None:
    recent = Recent()
    assert recent.of(REAL[:1], 0.0, live=True) == []
    assert recent.of(REAL[:2], 1.0, live=False) == [REAL[1]]
