"""What an artefact is reported by can be counted again: every number, from the complaints."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import pytest
from artefact_worlds import (
    DAY,
    HOUR,
    LAST,
    REGIONS,
    Complaint,
    alerts,
    anybody,
    kinds,
    pages,
    quiet,
    spike,
)
from recount import reported

if TYPE_CHECKING:
    from collections.abc import Callable

FORM = "Your company charged me {} dollars twice last week and I want all of my money back now."


def opened(complaints: list[Complaint], hours: tuple[int, int]) -> list[Complaint]:
    """Let the days of a history have so many hours."""
    first, last = hours
    return [
        c._replace(at=c.at - c.at % DAY + first * HOUR + c.at % DAY * (last - first) // 24)
        for c in complaints
    ]


def held(dice: random.Random, complaints: list[Complaint]) -> list[Complaint]:
    """Let what came in some days, all of it or by one channel, come within hours of the last."""
    days, channel = dice.choice([1, 2, 3]), dice.choice([None, "web"])
    gap, resumed = (LAST - days) * DAY, LAST * DAY + dice.randrange(8, 14) * HOUR
    return [
        c._replace(at=resumed + (c.at - gap) // (8 * days))
        if gap <= c.at < LAST * DAY and channel in {None, c.channel}
        else c
        for c in complaints
    ]


def sent(dice: random.Random, complaints: list[Complaint]) -> list[Complaint]:
    """Let one to three send many, beside others and some without a name."""
    many, start = dice.randrange(1, 4), dice.randrange(6, 16) * HOUR

    def one(d: random.Random, at: int) -> Complaint:
        made = anybody(d, at, company="Acme", customer=f"x{d.randrange(many)}")
        return made._replace(customer=None) if d.random() < 0.05 else made

    return complaints + spike(dice.randrange(40, 70), one, start=start, seed=dice.randrange(99))


def loaded(dice: random.Random, complaints: list[Complaint]) -> list[Complaint]:
    """Let what came on the last day come again, at once or later."""
    day, delay = [c for c in complaints if c.at >= LAST * DAY], dice.choice([0, 2 * HOUR])
    again = [c._replace(at=min(c.at + delay, (LAST + 1) * DAY - 1)) for c in day]
    return complaints + again * dice.choice([1, 2])


def written(dice: random.Random, complaints: list[Complaint]) -> list[Complaint]:
    """Let many customers, or one, or nobody known, send one text."""
    who = dice.choice(["many", "nobody"])

    def one(d: random.Random, at: int) -> Complaint:
        customer = f"m{d.randrange(10**9)}" if who == "many" else None
        return Complaint(at, customer, FORM.format(d.randrange(999)), region=d.choice(REGIONS))

    return complaints + spike(dice.randrange(30, 60), one, seed=dice.randrange(99))


def entered(dice: random.Random, complaints: list[Complaint]) -> list[Complaint]:
    """Let many come within three seconds."""
    at = LAST * DAY + dice.randrange(8 * HOUR, 20 * HOUR)
    number = dice.randrange(30, 60)
    return complaints + spike(
        number, lambda d, _: anybody(d, at + d.randrange(3)), seed=dice.randrange(99)
    )


def renamed(dice: random.Random, complaints: list[Complaint]) -> list[Complaint]:
    """Let one product be called by the name of another, from some day on."""
    change = LAST * DAY + dice.choice([0, 10 * HOUR])
    return [
        c._replace(product="Card") if c.product == "Loan" and c.at >= change else c
        for c in complaints
    ]


WORLDS: dict[str, Callable[[random.Random, list[Complaint]], list[Complaint]]] = {
    "catch_up": held,
    "one_sender": sent,
    "duplicate_load": loaded,
    "same_text": written,
    "bulk": entered,
    "taxonomy": renamed,
}


class Quiet(NamedTuple):
    """Weeks in which nothing happens: of how many complaints a day, and its hours."""

    seed: int
    a_day: int
    hours: tuple[int, int] = (0, 24)

    def complaints(self) -> list[Complaint]:
        return opened(quiet(self.a_day, seed=self.seed), self.hours)


OFFICE = (9, 17)
FEW = [Quiet(11, 40), Quiet(12, 70, OFFICE), Quiet(13, 40, OFFICE), Quiet(14, 70)]
MANY = [Quiet(15, 240), Quiet(16, 240, OFFICE)]
CASES = [
    *(
        (weeks, kind, seed)
        for seed, weeks in enumerate(FEW, 4)
        for kind in WORLDS
        if kind != "taxonomy"
    ),
    *((weeks, "taxonomy", seed) for weeks in MANY for seed in (4, 5)),
]
"""All kinds happen after the same weeks: these are lived through once."""


@pytest.mark.slow
@pytest.mark.parametrize(("weeks", "kind", "seed"), CASES)
def test_every_number_of_an_artefact_can_be_counted_again(
    weeks: Quiet, kind: str, seed: int
) -> None:
    complaints = WORLDS[kind](random.Random(seed), weeks.complaints())
    history = alerts(complaints)
    assert kind in reported(history, complaints)


def at_midnight(complaints: list[Complaint], since: int = 0) -> list[Complaint]:
    """Leave nothing but the day, from some day on."""
    return [c._replace(at=c.at - c.at % DAY) if c.at >= since else c for c in complaints]


@pytest.mark.slow
@pytest.mark.parametrize("since", [0, LAST - 20, LAST - 2, LAST - 1, LAST])
def test_days_without_times_are_no_silence(since: int) -> None:
    more = spike(90, lambda d, at: anybody(d, at, company="Acme"), start=9 * HOUR)
    complaints = [c._replace(text=None) for c in at_midnight(quiet(60) + more, since * DAY)]
    history = alerts(complaints)
    assert kinds(history) == set()
    assert {"company": "Acme"} in [a["labels"] for a in pages(history)]


def test_a_day_without_times_catches_up_by_whole_days() -> None:
    gap = (LAST - 2) * DAY
    complaints = [
        c._replace(at=LAST * DAY) if gap <= c.at < LAST * DAY else c for c in at_midnight(quiet(60))
    ]
    history = alerts([c._replace(text=None, customer=None) for c in complaints])
    assert kinds(history) == {"catch_up"}
    assert pages(history) == []
    evidence = history[0]["reasons"][0]["evidence"]
    assert (
        "silent for 48 hours, from 2016-09-03 00:00 to 2016-09-05 00:00: 0 came where" in evidence
    )
