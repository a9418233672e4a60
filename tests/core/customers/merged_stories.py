"""The table of stories of those who are merged: of "ada" into others, and of those as well."""

from __future__ import annotations

from typing import Final

from customer_events import cancelled, change, correction, paid, signup
from customer_stories import SIGNUP, USD, Story

LEAVING = cancelled("2024-01-20", effective_at="2024-02-15")
MERGED = change("merged", "2024-02-01", merged_into="bob")

STORIES: Final = [
    Story(
        "merged into somebody unknown, who goes on with the subscription",
        [SIGNUP, MERGED],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged into another customer: its value comes in, and no customer",
        [SIGNUP, signup("2024-01-12", "bob", monthly_value=900), MERGED],
        [
            ("2024-01-10", "new", USD),
            ("2024-01-12", "new", {"USD": 900}),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged, and the other one cancels: all is lost",
        [SIGNUP, MERGED, cancelled("2024-03-01", "bob")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
            ("2024-03-01", "lost", USD),
        ],
        "merged",
    ),
    Story(
        "merged into somebody whose payment of before discovers nobody any more",
        [SIGNUP, MERGED, paid("2024-02-20", customer="bob")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged, and back in a week: reactivated, as the other one has what there was",
        [SIGNUP, MERGED, signup("2024-02-08", monthly_value=900)],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
            ("2024-02-08", "reactivated", {"USD": 900}),
        ],
        "active",
    ),
    Story(
        "merged, and merged on",
        [SIGNUP, MERGED, change("merged", "2024-02-03", "bob", merged_into="cid")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
            ("2024-02-03", "merged_in", USD),
            ("2024-02-03", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged into each other in one second: what there was changes sides, and is there once",
        [SIGNUP, MERGED, change("merged", "2024-02-01", "bob", merged_into="ada")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged before anything is known: nobody, and the other one takes over nothing",
        [MERGED],
        [],
        "",
    ),
    Story(
        "merged, and a cancellation of before comes later: there was nothing to take over",
        [SIGNUP, MERGED, cancelled("2024-01-20")],
        [("2024-01-10", "new", USD), ("2024-01-20", "lost", USD)],
        "lost",
    ),
    Story(
        "merged after a cancellation that takes effect later: the end goes along",
        [SIGNUP, LEAVING, MERGED],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
            ("2024-02-15", "lost", USD),
        ],
        "merged",
    ),
    Story(
        "merged after a cancellation that the other one annuls by signing up anew",
        [SIGNUP, LEAVING, MERGED, signup("2024-02-08", "bob")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged by mistake: the merge is withdrawn",
        [SIGNUP, MERGED, correction(MERGED, "2024-02-10")],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "merged into the wrong one: the merge is corrected",
        [
            SIGNUP,
            MERGED,
            correction(
                MERGED, "2024-02-10", change("merged", "2024-02-02", merged_into="the right one")
            ),
        ],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-02", "merged_in", USD),
            ("2024-02-02", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged into somebody who was lost: it comes in as merged, and is no return",
        [
            SIGNUP,
            signup("2024-01-11", "bob", monthly_value=900),
            cancelled("2024-01-25", "bob"),
            MERGED,
        ],
        [
            ("2024-01-10", "new", USD),
            ("2024-01-11", "new", {"USD": 900}),
            ("2024-01-25", "lost", {"USD": 900}),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "merged",
    ),
    Story(
        "merged into somebody who is then forgotten: nobody was merged in",
        [SIGNUP, MERGED, change("forgotten", "2024-03-01", "bob")],
        [("2024-01-10", "new", USD), ("2024-02-01", "merged_out", USD)],
        "merged",
    ),
    Story(
        "merged, and then forgotten: the other one goes on",
        [SIGNUP, MERGED, change("forgotten", "2024-03-01")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "merged_in", USD),
            ("2024-02-01", "merged_out", USD),
        ],
        "",
    ),
]
