"""Alerts of one event are one incident, and those of two are two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_worlds import DAY, GRACE, D, Row, details, give, reading, reported, signals, stage
from msgspec.structs import replace

from schemas.topics import INCIDENTS
from streams.core.incidents import open_incidents

if TYPE_CHECKING:
    import pytest

    from streams.core.alerts.stage import AlertsStage

Labels = tuple[str, str, str, str]
NOON = 43_200
KINDS: list[Labels] = [
    (product, f"issue of {product}", company, region)
    for product, company, region in (
        *(("Loan", "Acme", "CA"), ("Card", "Bolt", "NY"), ("Bank", "Cube", "TX")),
        *(("Debt", "Dune", "WA"), ("Fund", "Echo", "OR"), ("Cash", "Fern", "NV")),
    )
]
USUAL = 10


class World:
    """Six kinds of complaints, ten a day of each; days with more of some."""

    def __init__(self) -> None:
        self.stage: AlertsStage = stage()
        self.rows: list[dict[str, Any]] = []
        for day in range(D):
            self._give(day, {}, [])

    def _give(self, day: int, more: dict[str, int], up: list[Any]) -> None:
        rows: list[Row] = [
            (day * DAY + NOON, labels, USUAL + more.get(labels[0], 0), []) for labels in KINDS
        ]
        give(self.stage, details(day, (day + 1) * DAY + GRACE, rows))
        give(self.stage, signals((day + 1) * DAY, up))
        self.rows += reported(self.stage, INCIDENTS)

    def day(self, day: int, more: dict[str, int], *, since: int = D, days: int = 1) -> None:
        """Let a day pass on which some companies, and all by that much, have more.

        What is read of them is of so many days as they had more.
        """
        companies = {labels[0]: labels[2] for labels in KINDS}
        up = [
            replace(
                reading({"company": companies[product]}, day, 0, USUAL * days, since=since),
                start=(day + 1 - days) * DAY,
                observed=(USUAL + n) * days,
            )
            for product, n in more.items()
        ]
        whole = USUAL * len(KINDS)
        if len(more) == len(KINDS):
            up.append(reading({}, day, whole + sum(more.values()), whole, since=since, surprise=90))
        self._give(day, more, up)

    def calm(self, day: int, *products: str, since: int = D) -> None:
        companies = {labels[0]: labels[2] for labels in KINDS}
        over = [
            reading({"company": companies[p]}, day, USUAL, USUAL, status="calm", since=since)
            for p in products
        ]
        self._give(day, {}, over)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(row["reason"], row["title"]) for row in self.rows if row["message"]]

    @property
    def ids(self) -> set[str]:
        return {row["incident_id"] for row in self.rows}


def test_a_narrow_rise_is_named_by_its_part() -> None:
    world = World()
    world.day(D, {"Loan": 40})
    assert world.told == [("opened", "More complaints: company Acme")]


def test_two_narrow_ones_on_a_day_are_two() -> None:
    world = World()
    world.day(D, {"Loan": 40, "Card": 45})
    assert len(world.ids) == 2


def test_three_narrow_ones_are_three() -> None:
    world = World()
    world.day(D, {"Loan": 40, "Card": 45, "Bank": 50})
    assert len(world.ids) == 3


def test_a_broad_rise_is_one_and_named_by_all() -> None:
    world = World()
    world.day(D, {labels[0]: 20 for labels in KINDS})
    assert world.told == [("opened", "More complaints overall")]
    assert len(world.rows[-1]["parts"]) > 1


def test_it_is_worse_when_it_has_doubled_beyond_chance() -> None:
    world = World()
    world.day(D, {"Loan": 40})
    world.day(D + 1, {"Loan": 85})
    assert [reason for reason, _ in world.told] == ["opened"]
    world.day(D + 2, {"Loan": 190})
    assert [reason for reason, _ in world.told] == ["opened", "worse"]


def test_what_goes_on_as_it_was_told_is_no_worse() -> None:
    world = World()
    world.day(D, {"Loan": 40})
    for day in range(D + 1, D + 5):
        world.day(day, {"Loan": 45}, days=day - D + 1)
    assert [reason for reason, _ in world.told] == ["opened"]


def test_it_is_over_when_the_last_alert_is_and_without_a_wait() -> None:
    world = World()
    world.day(D, {"Loan": 40})
    world.calm(D + 1, "Loan")
    assert [reason for reason, _ in world.told] == ["opened", "resolved"]
    assert (world.rows[-1]["state"], world.rows[-1]["wait_s"]) == ("resolved", 0)


def test_what_comes_back_within_a_week_is_the_same_and_its_next_end_waits() -> None:
    world = World()
    for day in (D, D + 2, D + 4):
        world.day(day, {"Loan": 40}, since=day)
        world.calm(day + 1, "Loan", since=day)
    assert len(world.ids) == 1
    assert [reason for reason, _ in world.told] == ["opened", "resolved", "came_back"]
    assert (world.rows[-1]["state"], world.rows[-1]["wait_s"]) == ("open", 2 * DAY)
    assert world.rows[-1]["quiet_since"] is not None


def test_what_comes_back_later_is_another() -> None:
    world = World()
    world.day(D, {"Loan": 40})
    world.calm(D + 1, "Loan")
    for day in range(D + 2, D + 11):
        world.calm(day)
    world.day(D + 11, {"Loan": 40}, since=D + 11)
    assert len(world.ids) == 2


def test_what_comes_back_as_a_part_of_an_older_open_one_joins_that() -> None:
    world = World()
    world.day(D, {"Card": 45})
    world.day(D + 1, {"Card": 45, "Loan": 40}, since=D + 1)
    world.calm(D + 2, "Loan", since=D + 1)
    world.day(D + 3, {labels[0]: 60 for labels in KINDS[:-1]}, since=D + 3)
    older, younger = (row["incident_id"] for row in world.rows if row["reason"] == "opened")
    last = {row["incident_id"]: row for row in world.rows}
    assert (last[younger]["state"], last[younger]["merged_into"]) == ("resolved", None)
    assert last[older]["state"] == "open"
    assert {"company": "Acme"} in [one["labels"] for one in last[older]["members"]]


def test_a_storm_is_one_incident_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_incidents, "MAX_KEPT", 3)
    world = World()
    world.day(D, {labels[0]: 20 for labels in KINDS})
    world.day(D + 1, {labels[0]: 20 * n for n, labels in enumerate(KINDS, 1)})
    assert len(world.ids) == 1
    assert len(world.rows[-1]["members"]) <= 3
