"""Rises that are artefacts: who is paged by none of them, and the reason given for each."""

from __future__ import annotations

import random

import pytest
from artefact_worlds import (
    DAY,
    HOUR,
    LAST,
    NOON,
    QUIET,
    about_acme,
    alerts,
    anybody,
    busy,
    from_a_form,
    held_web,
    kinds,
    pages,
    quiet,
    replayed,
    spike,
)

pytestmark = pytest.mark.slow


def test_one_customer_who_sends_sixty_is_a_notice() -> None:
    history = alerts(
        QUIET + spike(60, lambda dice, at: anybody(dice, at, company="Acme", customer="boss"))
    )
    assert kinds(history) == {"one_sender"}
    assert pages(history) == []
    first = next(row for row in history if row["state"] == "firing")
    assert first["severity"] == "notice"
    assert f"it seems: 1 customer sent {first['observed']} of" in first["message"]
    assert "boss" not in str(history)


def test_three_customers_who_send_sixty_are_few() -> None:
    history = alerts(
        QUIET
        + spike(
            60,
            lambda dice, at: anybody(dice, at, company="Acme", customer=f"x{dice.randrange(3)}"),
        )
    )
    assert kinds(history) == {"one_sender"}
    assert pages(history) == []


def test_sixty_by_one_second_are_a_bulk_import() -> None:
    at = LAST * DAY + NOON + 7
    history = alerts(QUIET + spike(60, lambda dice, _: anybody(dice, at, channel="branch")))
    assert kinds(history) == {"bulk"}
    assert pages(history) == []


def test_sixty_within_three_seconds_are_a_bulk_import_in_each_of_their_parts() -> None:
    at = LAST * DAY + NOON
    history = alerts(QUIET + spike(60, lambda dice, _: anybody(dice, at + dice.randrange(3))))
    assert kinds(history) == {"bulk"}
    assert pages(history) == []


@pytest.mark.parametrize("delay", [0, 7200])
def test_a_day_loaded_three_times_is_a_duplicate_load(delay: int) -> None:
    """With the times it had, or with those of the loading."""
    day = [c for c in QUIET if c.at >= LAST * DAY]
    again = [c._replace(at=min(c.at + delay, (LAST + 1) * DAY - 1)) for c in day]
    history = alerts(QUIET + again + again)
    assert kinds(history) == {"duplicate_load"}
    assert pages(history) == []


def test_four_of_ten_that_came_again_under_new_ids_are_a_duplicate_load() -> None:
    rare = [c._replace(issue="Fraud") if n % 120 == 0 else c for n, c in enumerate(QUIET)]
    six = spike(6, lambda dice, at: anybody(dice, at, issue="Fraud"), seconds=2 * HOUR)
    history = alerts(rare + six + [c._replace(at=c.at + 2 * HOUR) for c in six[:4]])
    assert kinds(history) == {"duplicate_load"}
    assert pages(history) == []


def test_a_text_that_many_send_is_a_campaign() -> None:
    history = alerts(QUIET + spike(60, from_a_form))
    assert kinds(history) == {"same_text"}
    assert pages(history) == []
    assert history[0]["reasons"][0]["evidence"] == (
        f"{history[0]['observed']} of {history[0]['observed']} texts have nearly the same words, "
        f"from {history[0]['observed']} customers: a campaign, it seems."
    )


def test_a_text_sent_without_names_is_the_same_text() -> None:
    history = alerts(QUIET + [c._replace(customer=None) for c in spike(60, from_a_form)])
    assert kinds(history) == {"same_text"}
    assert pages(history) == []


def test_a_label_that_takes_over_from_another_is_a_change_of_names() -> None:
    change = LAST * DAY
    renamed = [
        c._replace(product="Card") if c.product == "Loan" and c.at >= change else c for c in busy()
    ]
    history = alerts(renamed)
    assert kinds(history) == {"taxonomy"}
    assert pages(history) == []
    card = [a for a in history if a["labels"] == {"product": "Card"}]
    assert card[-1]["reasons"][0]["evidence"].startswith("product Loan fell to 0 where ")
    assert "while Card rose" in card[-1]["reasons"][0]["evidence"]


def test_a_source_that_was_silent_for_two_days_catches_up() -> None:
    gap, resumed = (LAST - 2) * DAY, LAST * DAY + 8 * HOUR
    held = [
        c._replace(at=resumed + (c.at - gap) // 24) if gap <= c.at < LAST * DAY else c
        for c in quiet(60)
    ]
    history = alerts(held)
    assert kinds(history) == {"catch_up"}
    assert pages(history) == []


@pytest.mark.parametrize("number", [1, 4])
def test_what_came_in_the_night_before_ends_no_silence(number: int) -> None:
    gap, resumed = (LAST - 2) * DAY, LAST * DAY + 8 * HOUR
    held = [
        c._replace(at=resumed + (c.at - gap) // 24) if gap <= c.at < LAST * DAY else c
        for c in quiet(60)
        if not LAST * DAY <= c.at < resumed
    ]
    dice = random.Random(3)
    strays = [anybody(dice, LAST * DAY + 3 * HOUR + 600 * n) for n in range(number)]
    history = alerts([*held, *strays])
    assert kinds(history) == {"catch_up"}
    assert pages(history) == []


def test_a_load_that_came_twice_for_days_is_one_on_each() -> None:
    again = [c for c in quiet(60) if c.at >= (LAST - 2) * DAY]
    history = alerts(quiet(60) + again)
    assert kinds(history) == {"duplicate_load"}
    assert pages(history) == []


def test_a_load_that_came_twice_makes_up_no_half_where_one_more_came_besides() -> None:
    dice = random.Random(6)
    usual = [anybody(dice, day * DAY + NOON, region="NV") for day in range(LAST) for _ in "ab"]
    once = spike(8, lambda d, at: anybody(d, at, region="NV"), seconds=10 * HOUR)
    history = alerts(QUIET + usual + once + once[:5])
    fired = [a for a in history if a["labels"] == {"region": "NV"} and a["state"] == "firing"]
    assert [a["verdict"] for a in fired] == ["artefact"]
    assert kinds(history) == {"duplicate_load"}
    assert pages(history) == []


def test_a_small_part_of_what_catches_up_does_so_too_though_by_chance_it_has_more() -> None:
    dice = random.Random(5)
    usual = [
        anybody(dice, day * DAY + dice.randrange(DAY), region="NV", channel="web")
        for day in range(LAST)
        for _ in range(4)
    ]
    more = [
        anybody(dice, (LAST - 2) * DAY + dice.randrange(DAY), region="NV", channel="web")
        for _ in range(11)
    ]
    history = alerts(held_web(quiet(120) + usual + more))
    assert kinds(history) == {"catch_up"}
    assert {tuple(a["labels"].items()) for a in history} >= {(("region", "NV"),)}
    assert pages(history) == []


def test_a_part_of_what_catches_up_may_come_while_the_rest_pauses() -> None:
    """It goes on from four, pauses from five to ten, and a region's part comes meanwhile."""
    dice, day = random.Random(7), LAST * DAY
    usual = [
        anybody(dice, day * DAY + dice.randrange(DAY), region="NV", channel="web")
        for day in range(LAST + 1)
        for _ in range(4)
    ]
    complaints = []
    for c in quiet(120) + usual:
        at, gap = c.at, day - 3 * DAY
        if c.channel == "web" and gap <= at < day:
            late = (at - gap) / (3 * DAY)  # from 0 to 1
            first = (4 + 2 * late) * HOUR if late < 0.5 else (9 + 2 * late) * HOUR
            at = day + int((7 + late) * HOUR if c.region == "NV" else first)
        elif c.channel == "web" and day <= at < day + 10 * HOUR:
            continue
        complaints.append(c._replace(at=at))
    history = alerts(complaints)
    assert kinds(history) == {"catch_up"}
    assert {tuple(a["labels"].items()) for a in history} >= {(("region", "NV"),)}
    assert pages(history) == []


def test_a_notice_that_turns_real_pages() -> None:
    """First one customer, then, hours later, many."""
    first = spike(30, lambda dice, at: anybody(dice, at, company="Acme", customer="boss"))
    many = spike(90, about_acme, start=NOON + 6 * HOUR, seed=4)
    history = alerts(QUIET + first + many)
    acme = [a for a in history if a["labels"] == {"company": "Acme"}]
    assert acme[0]["verdict"] == "artefact"
    turned = next(a for a in acme if a["verdict"] == "real")
    assert turned["reason"] == "verdict_changed"
    assert turned["severity"] != "notice"
    assert turned["alert_id"] in {a["alert_id"] for a in pages(history)}


def test_what_is_said_depends_neither_on_batches_nor_on_a_take_over() -> None:
    complaints = QUIET + spike(60, from_a_form) + spike(30, about_acme, seed=9)
    expected = replayed(complaints, batch=500)
    assert expected == replayed(complaints, batch=7)
    assert expected == alerts(complaints)
