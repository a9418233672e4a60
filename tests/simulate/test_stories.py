"""Lives of a customer or two, and the movements the definitions make of each."""

from __future__ import annotations

from typing import Any

import pytest
from story import (
    Sent,
    cancelled,
    change,
    correction,
    day,
    payment,
    renewal,
    signup,
    year_of,
)

NEW = {"new": 1, "new USD": 1000}
MERGED = {"merged_out": 1, "merged_out USD": 1000, "merged_in": 1, "merged_in USD": 1000}
LOST = {"lost": 1, "lost USD": 1000}
STAYS = {"closing": 1, "closing USD": 1000}

WRONG = cancelled("03-10")
FIRST_FIX = correction("03-11", WRONG, event_id="fix")

STORIES: dict[str, tuple[list[Sent], dict[str, int]]] = {
    "a trial that lapses is nobody": (
        [change("02-01", "trial_began", 1000), change("02-15", "trial_ended")],
        {},
    ),
    "a trial that converts is new when it converts": (
        [change("02-01", "trial_began", 1000), change("02-15", "trial_converted")],
        NEW | STAYS,
    ),
    "a conversion of which no trial is known is new": (
        [change("02-15", "trial_converted", 1000)],
        NEW | STAYS,
    ),
    "an upgrade expands": (
        [signup("02-01"), change("05-01", "changed", 2500)],
        NEW | {"expansion USD": 1500, "closing": 1, "closing USD": 2500},
    ),
    "a downgrade contracts": (
        [signup("02-01"), change("05-01", "changed", 400)],
        NEW | {"contraction USD": 600, "closing": 1, "closing USD": 400},
    ),
    "cancelled and back within the window was never lost": (
        [signup("02-01"), cancelled("05-01"), signup("05-30")],
        NEW | STAYS,
    ),
    "back for more within the window: what is more is expansion": (
        [signup("02-01"), cancelled("05-01"), signup("05-20", 1700)],
        NEW | {"expansion USD": 700, "closing": 1, "closing USD": 1700},
    ),
    "back on the day the window ends is lost and reactivated": (
        [signup("02-01"), cancelled("05-01"), signup("05-31")],
        NEW | LOST | {"reactivated": 1, "reactivated USD": 1000} | STAYS,
    ),
    "a payment after the end is no return": (
        [signup("02-01"), cancelled("05-01"), payment("05-05")],
        NEW | LOST,
    ),
    "one of two subscriptions cancelled contracts": (
        [
            signup("02-01", subscription_id="a"),
            signup("03-01", 500, subscription_id="b"),
            cancelled("06-01", subscription_id="a"),
        ],
        NEW | {"expansion USD": 500, "contraction USD": 1000, "closing": 1, "closing USD": 500},
    ),
    "a cancellation without an id ends all subscriptions": (
        [
            signup("02-01", subscription_id="a"),
            signup("03-01", 500, subscription_id="b"),
            cancelled("06-01"),
        ],
        NEW | {"expansion USD": 500, "lost": 1, "lost USD": 1500},
    ),
    "without an id the only subscription is meant": (
        [
            signup("02-01", subscription_id="a"),
            renewal("05-01", "renewed"),
            change("06-01", "changed", 700),
        ],
        NEW | {"contraction USD": 300, "closing": 1, "closing USD": 700},
    ),
    "a cancellation whose signup nobody saw discovers, and loses": (
        [cancelled("06-01")],
        {"discovered": 1, "discovered USD": 1000} | LOST,
    ),
    "a renewal after a loss reactivates": (
        [signup("02-01"), cancelled("04-01"), renewal("07-01", "renewed")],
        NEW | LOST | {"reactivated": 1, "reactivated USD": 1000} | STAYS,
    ),
    "a renewal of somebody unknown discovers, at the term's value a month": (
        [renewal("07-01", "renewed", 6_000)],
        {"discovered": 1, "discovered USD": 500, "closing": 1, "closing USD": 500},
    ),
    "a refusal ends at the end of the term": (
        [signup("02-01"), renewal("11-15", "refused", term_end=day("2017-02-01T00:00"))],
        NEW | STAYS,
    ),
    "a refusal that says no term ends at once": (
        [signup("02-01"), renewal("11-15", "refused")],
        NEW | LOST,
    ),
    "refused, and then renewed after all": (
        [
            signup("02-01"),
            renewal("10-15", "refused", term_end=day("12-01")),
            renewal("11-15", "renewed"),
        ],
        NEW | STAYS,
    ),
    "a failed payment that is mended": (
        [signup("02-01"), change("05-01", "past_due"), change("05-20", "paid")],
        NEW | STAYS,
    ),
    "a failed payment is a loss after thirty days": (
        [signup("02-01"), change("05-01", "past_due"), change("05-11", "past_due")],
        NEW | LOST,
    ),
    "paid too late is no return": (
        [signup("02-01"), change("05-01", "past_due"), change("06-15", "paid")],
        NEW | LOST,
    ),
    "a refund is money, and nobody leaves": (
        [signup("02-01"), payment("02-02"), payment("03-02", -1000)],
        NEW | STAYS,
    ),
    "a refund discovers nobody": ([payment("03-02", -1000)], {}),
    "a payment discovers from the first of its month, worth nobody knows what": (
        [payment("03-02")],
        {"discovered": 1, "closing": 1},
    ),
    "a signup soon after a first payment makes new": (
        [payment("03-20"), signup("03-31")],
        NEW | STAYS,
    ),
    "a signup long after a first payment was discovered before": (
        [payment("03-20"), signup("04-02")],
        {"discovered": 1, "expansion USD": 1000} | STAYS,
    ),
    "a free plan is a customer worth nothing": ([signup("02-01", 0)], {"new": 1, "closing": 1}),
    "a paused customer stays, and is worth nothing": (
        [signup("02-01"), change("05-01", "paused")],
        NEW | {"contraction USD": 1000, "closing": 1},
    ),
    "a paused customer comes back for what it paid": (
        [signup("02-01"), change("05-01", "paused"), change("07-01", "resumed")],
        NEW | {"contraction USD": 1000, "expansion USD": 1000} | STAYS,
    ),
    "a cancellation takes effect later": (
        [signup("02-01"), cancelled("11-01", "2017-01-15T00:00")],
        NEW | STAYS,
    ),
    "a cancellation dated back counts then": (
        [signup("02-01"), cancelled("2017-01-20T00:00", "12-20")],
        NEW | LOST,
    ),
    "a cancellation is annulled by a renewal before it takes effect": (
        [signup("02-01"), cancelled("05-01", "06-01"), renewal("05-15", "renewed")],
        NEW | STAYS,
    ),
    "one that takes effect is annulled by the renewal of its own subscription only": (
        [
            signup("02-01", subscription_id="a"),
            signup("03-01", 500, subscription_id="b"),
            cancelled("05-01", "06-01", subscription_id="a"),
            renewal("05-15", "renewed", subscription_id="b"),
        ],
        {
            "new": 1,
            "new USD": 1000,
            "expansion USD": 500,
            "contraction USD": 1000,
            "closing": 1,
            "closing USD": 500,
        },
    ),
    "withdrawn: it never happened": (
        [signup("02-01"), WRONG, correction("03-11", WRONG)],
        NEW | STAYS,
    ),
    "replaced: it happened as corrected": (
        [
            wrong := signup("02-01", 9000),
            correction("02-03", wrong, signup("02-01", 1000)),
        ],
        NEW | STAYS,
    ),
    "a withdrawn correction corrects nothing": (
        [signup("02-01"), WRONG, FIRST_FIX, correction("03-12", FIRST_FIX)],
        NEW | LOST,
    ),
    "the newest correction holds": (
        [
            wrong := signup("02-01", 9000),
            correction("02-05", wrong, signup("02-01", 1000)),
            correction("02-03", wrong, signup("02-01", 8000)),
        ],
        NEW | STAYS,
    ),
    "merged ids are a line of their own": (
        [signup("02-01"), change("05-01", "merged", merged_into="bob")],
        NEW | MERGED | STAYS,
    ),
    "who is merged into a customer brings its value, and no customer": (
        [
            signup("02-01"),
            signup("03-01", 500, customer="bob"),
            change("05-01", "merged", merged_into="bob"),
        ],
        {"new": 2, "new USD": 1500, "closing": 1, "closing USD": 1500}
        | {"merged_out": 1, "merged_out USD": 1000, "merged_in USD": 1000},
    ),
    "merged, and what was to end ends": (
        [
            signup("02-01"),
            cancelled("04-01", "07-01"),
            change("05-01", "merged", merged_into="bob"),
        ],
        NEW | MERGED | LOST,
    ),
    "merged, and the other one leaves": (
        [
            signup("02-01"),
            change("05-01", "merged", merged_into="bob"),
            cancelled("07-01", customer="bob"),
        ],
        NEW | MERGED | LOST,
    ),
    "another currency: contraction of the one, expansion of the other": (
        [signup("02-01"), change("05-01", "changed", 900, currency="EUR")],
        NEW | {"contraction USD": 1000, "expansion EUR": 900, "closing": 1, "closing EUR": 900},
    ),
    "an end and a signup in one second are a change": (
        [signup("02-01"), cancelled("05-01"), signup("05-01", 1200)],
        NEW | {"expansion USD": 200, "closing": 1, "closing USD": 1200},
    ),
    "sent twice is once": (
        [signup("02-01", event_id="one"), signup("02-01", event_id="one"), WRONG, WRONG],
        NEW | LOST,
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_truth_tells_a_story_as_the_definitions_have_it(name: str) -> None:
    story, expected = STORIES[name]
    assert expected == year_of(*story)
    assert expected == year_of(*reversed(story)), "in whatever order it arrives"


@pytest.mark.parametrize(
    ("definitions", "story", "expected"),
    [
        ({"count_free": False}, [signup("02-01", 0)], {}),
        (
            {"count_free": False},
            [signup("02-01", 0), change("03-01", "changed", 1000)],
            NEW | STAYS,
        ),
        (
            {"count_free": False},
            [signup("02-01"), change("03-01", "changed", 0)],
            NEW | LOST,
        ),
        (
            {"return_window": 0},
            [signup("02-01"), cancelled("05-01"), signup("05-30")],
            NEW | LOST | {"reactivated": 1, "reactivated USD": 1000} | STAYS,
        ),
        (
            {"past_due_days": 5},
            [signup("02-01"), change("05-01", "past_due"), change("05-20", "paid")],
            NEW | LOST,
        ),
        (
            {"found_window": 10 * 86_400},
            [payment("03-20"), signup("03-31")],
            {"discovered": 1, "expansion USD": 1000} | STAYS,
        ),
        (
            {"start": int(day("03-01").timestamp())},
            [change("02-01", "changed", 1000)],
            {"opening": 1, "opening USD": 1000} | STAYS,
        ),
    ],
)
def test_definitions_change_what_is_reported(
    definitions: dict[str, Any], story: list[Sent], expected: dict[str, int]
) -> None:
    assert expected == year_of(*story, **definitions)


def test_a_correction_may_put_another_correction_in_its_place() -> None:
    wrong = signup("02-01", 9000)
    first = correction("02-03", wrong, signup("02-01", 8000), event_id="first")
    better = correction("02-03", wrong, signup("02-01", 1000), event_id="better")
    assert year_of(wrong, first, correction("02-05", first, better)) == NEW | STAYS
