"""Rises that look like artefacts and are real: somebody is paged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from artefact_worlds import (
    DAY,
    FORM,
    HOUR,
    LAST,
    NOON,
    QUIET,
    Complaint,
    about_acme,
    alerts,
    anybody,
    busy,
    by_web,
    held_web,
    kinds,
    pages,
    quiet,
    spike,
)

if TYPE_CHECKING:
    import random

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "known", [True, False], ids=["customers and texts known", "nothing but labels"]
)
def test_many_customers_on_one_channel_are_real(known: bool) -> None:  # noqa: FBT001
    complaints = QUIET + spike(60, by_web)
    if not known:
        complaints = [c._replace(customer=None, text=None) for c in complaints]
    history = alerts(complaints)
    assert kinds(history) == set()
    assert pages(history)[0]["labels"] == {"channel": "web"}


def test_an_outage_that_brings_two_hundred_within_minutes_is_real() -> None:
    def soon(dice: random.Random, at: int) -> Complaint:
        del at
        delay = min(3000, int(dice.expovariate(1 / 300)))
        return anybody(dice, LAST * DAY + NOON + delay, company="Acme", channel="web")

    history = alerts(QUIET + spike(200, soon))
    assert kinds(history) == set()
    assert pages(history)


def test_a_real_spike_stays_real_where_many_complain_twice_or_more() -> None:
    history = alerts(
        QUIET
        + spike(
            60,
            lambda dice, at: anybody(dice, at, company="Acme", customer=f"r{dice.randrange(25)}"),
        )
    )
    assert kinds(history) == set()
    assert pages(history)


def test_a_real_spike_stays_real_with_one_who_repeats_in_it() -> None:
    """What is left without the repeats is still a rise; the repeats are reported."""
    history = alerts(
        QUIET
        + spike(60, about_acme)
        + spike(30, lambda dice, at: anybody(dice, at, company="Acme", customer="boss"), seed=3)
    )
    reported = [row for row in history if row["state"] == "firing" and row["explained_by"] is None]
    assert kinds(reported) == set()
    last = [row for row in pages(history) if row["labels"] == {"company": "Acme"}][-1]
    assert [r["artefact"] for r in last["reasons"]] == ["one_sender"]
    assert 0.2 <= last["reasons"][0]["share"] <= 0.45


def test_a_client_who_always_sends_much_is_no_artefact_of_a_spike() -> None:
    """Half of Acme's complaints always come through one gateway."""

    def through(c: Complaint, number: int) -> Complaint:
        return c._replace(customer="gateway") if c.company == "Acme" and number % 2 else c

    both = QUIET + spike(90, about_acme)
    history = alerts([through(c, number) for number, c in enumerate(both)])
    assert kinds(history) == set()
    assert pages(history)


def test_a_text_that_a_form_always_offers_is_no_artefact_of_a_spike() -> None:
    def offered(c: Complaint) -> Complaint:
        return c._replace(text=FORM.format(1, "you")) if c.company == "Acme" else c

    history = alerts([offered(c) for c in QUIET + spike(90, about_acme)])
    assert kinds(history) == set()
    assert pages(history)


def test_times_to_the_minute_or_the_day_are_no_bulk() -> None:
    minutes = [c._replace(at=c.at - c.at % 60) for c in QUIET + spike(200, about_acme)]
    days = [c._replace(at=c.at - c.at % DAY) for c in QUIET + spike(60, about_acme)]
    for history in (alerts(minutes), alerts([c._replace(text=None) for c in days])):
        assert kinds(history) == set()
        assert pages(history)


def test_a_product_that_rises_while_the_rest_stays_is_no_change_of_names() -> None:
    history = alerts(
        busy()
        + spike(
            240,
            lambda dice, at: anybody(dice, at, product="Card"),
            start=0,
            seconds=DAY - 1,
        )
    )
    assert kinds(history) == set()
    assert pages(history)[0]["labels"] == {"product": "Card"}


def test_a_real_spike_after_a_short_silence_is_real() -> None:
    silent = (LAST * DAY + 6 * HOUR, LAST * DAY + 10 * HOUR)
    complaints = [c for c in quiet(60) if not silent[0] <= c.at < silent[1]]
    history = alerts(complaints + spike(200, about_acme))
    last = {a["alert_id"]: a["verdict"] for a in history}
    assert set(last.values()) == {"real"}  # the first few may be what was missing
    assert pages(history)


def test_a_night_in_which_nothing_ever_comes_is_no_silence() -> None:
    opens = 9 * HOUR
    by_day = [c._replace(at=c.at - c.at % DAY + opens + c.at % DAY // 3) for c in quiet(150)]
    history = alerts(by_day + spike(20, about_acme, start=opens))
    assert kinds(history) == set()
    assert {"company": "Acme"} in [a["labels"] for a in pages(history)]


def test_a_real_spike_on_the_day_on_which_its_channel_catches_up_is_real() -> None:
    history = alerts(held_web(quiet(120)) + spike(150, about_acme))
    assert {"company": "Acme"} in [a["labels"] for a in pages(history)]
