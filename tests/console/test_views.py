from __future__ import annotations

from typing import TYPE_CHECKING

from console_bed import recorded

from schemas.incidents import Incident
from schemas.topics import INCIDENTS
from streams.console.views.curve import plot_of
from streams.console.views.customers import currencies
from streams.console.views.incidents import STAY_S, Recent, by_size
from streams.console.views.month import month

if TYPE_CHECKING:
    from console_bed import Bed

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


def test_the_curve_of_an_incident_goes_on_to_today(bed: Bed) -> None:
    index = bed.parts.index
    row = next(row for row in REAL if row.state == "open" and "Navient" in row.title)
    assert row.curve is not None
    plot = plot_of(index, row, None)
    assert plot is not None
    series = index.series_of(row.metric, row.labels)
    span = index.span()
    assert series is not None
    assert span is not None
    first = row.curve.start.date().toordinal()
    days = index.days(series.number, first, span[1])
    assert len(plot.slots) == len(row.curve.observed) + 1
    assert (max(row.curve.observed), days[-1].events) == (24, 364)
    assert "364" in plot.slots[-1].title


def test_the_currency_that_comes_to_most_is_first(bed: Bed) -> None:
    found = month(bed.parts.index)
    assert found is not None
    assert found.currencies == ["USD", "EUR"]
    assert [amount.currency for amount in found.cards[0].figures[0].money] == ["USD", "EUR"]
    assert currencies(bed.parts.index) == ["USD", "EUR"]
