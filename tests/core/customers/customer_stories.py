"""The table of stories: what happens to one customer, and what is to be reported of it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from customer_events import cancelled, change, correction, event, paid, signup

from streams.core.customers.definitions import Definitions

USD: Final = {"USD": 4900}


class Story(NamedTuple):
    """Events; then day, kind and recurring value of all movements, and the status at the end."""

    name: str
    events: list[Any]
    movements: list[tuple[str, str, dict[str, int]]]
    status: str
    definitions: Definitions = Definitions()


def renewal(at: str, **fields: Any) -> Any:
    defaults = {"value": 58_800, "term_months": 12, "currency": "USD"}
    return event("renewals", at, **{**defaults, **fields})


SIGNUP = signup("2024-01-10")
WRONG = cancelled("2024-03-01")
FIX = correction(WRONG, "2024-03-05")

STORIES: Final = [
    Story("signs up", [SIGNUP], [("2024-01-10", "new", USD)], "active"),
    Story(
        "trial that lapses: no customer, and no loss",
        [change("trial_began", "2024-01-10"), change("trial_ended", "2024-01-24")],
        [],
        "prospect",
    ),
    Story(
        "trial that is converted: new when it is",
        [
            change("trial_began", "2024-01-10", monthly_value=4900, currency="USD"),
            change("trial_converted", "2024-01-24"),
        ],
        [("2024-01-24", "new", USD)],
        "active",
    ),
    Story(
        "trial that is still running: no customer",
        [change("trial_began", "2024-01-10")],
        [],
        "trial",
    ),
    Story(
        "upgrade",
        [SIGNUP, change("changed", "2024-02-03", monthly_value=9900, currency="USD")],
        [("2024-01-10", "new", USD), ("2024-02-03", "expansion", {"USD": 5000})],
        "active",
    ),
    Story(
        "downgrade",
        [SIGNUP, change("changed", "2024-02-03", monthly_value=1900, currency="USD")],
        [("2024-01-10", "new", USD), ("2024-02-03", "contraction", {"USD": 3000})],
        "active",
    ),
    Story(
        "cancelled, and away for good",
        [SIGNUP, cancelled("2024-03-01")],
        [("2024-01-10", "new", USD), ("2024-03-01", "lost", USD)],
        "lost",
    ),
    Story(
        "cancelled, and back within the window: never lost",
        [SIGNUP, cancelled("2024-03-01"), signup("2024-03-30")],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "cancelled, and back when the window is over: lost and reactivated",
        [SIGNUP, cancelled("2024-03-01"), signup("2024-03-31", monthly_value=1900)],
        [
            ("2024-01-10", "new", USD),
            ("2024-03-01", "lost", USD),
            ("2024-03-31", "reactivated", {"USD": 1900}),
        ],
        "active",
    ),
    Story(
        "back within the window at another price: contraction",
        [SIGNUP, cancelled("2024-03-01"), signup("2024-03-15", monthly_value=1900)],
        [("2024-01-10", "new", USD), ("2024-03-15", "contraction", {"USD": 3000})],
        "active",
    ),
    Story(
        "a payment after the loss is no return: the last invoice",
        [SIGNUP, cancelled("2024-03-01"), paid("2024-03-15")],
        [("2024-01-10", "new", USD), ("2024-03-01", "lost", USD)],
        "lost",
    ),
    Story(
        "two subscriptions, one cancelled: contraction",
        [
            signup("2024-01-10", subscription_id="a"),
            signup("2024-01-20", subscription_id="b", monthly_value=1000),
            cancelled("2024-03-01", subscription_id="b"),
        ],
        [
            ("2024-01-10", "new", USD),
            ("2024-01-20", "expansion", {"USD": 1000}),
            ("2024-03-01", "contraction", {"USD": 1000}),
        ],
        "active",
    ),
    Story(
        "two subscriptions, cancelled without an id: both end",
        [
            signup("2024-01-10", subscription_id="a"),
            signup("2024-01-20", subscription_id="b", monthly_value=1000),
            cancelled("2024-03-01"),
        ],
        [
            ("2024-01-10", "new", USD),
            ("2024-01-20", "expansion", {"USD": 1000}),
            ("2024-03-01", "lost", {"USD": 5900}),
        ],
        "lost",
    ),
    Story(
        "an event without an id is about the only subscription there is",
        [
            signup("2024-01-10", subscription_id="a"),
            change("changed", "2024-02-01", monthly_value=5000, currency="USD"),
        ],
        [("2024-01-10", "new", USD), ("2024-02-01", "expansion", {"USD": 100})],
        "active",
    ),
    Story(
        "cancellation before the signup is known: discovered and lost at once",
        [cancelled("2024-03-01")],
        [("2024-03-01", "discovered", USD), ("2024-03-01", "lost", USD)],
        "lost",
    ),
    Story(
        "cancellation first, and then the signup becomes known: new and lost",
        [cancelled("2024-03-01"), SIGNUP],
        [("2024-01-10", "new", USD), ("2024-03-01", "lost", USD)],
        "lost",
    ),
    Story(
        "renewal of somebody unknown: discovered at its value a month",
        [renewal("2024-02-01")],
        [("2024-02-01", "discovered", USD)],
        "active",
    ),
    Story(
        "change of somebody unknown: discovered at the value stated",
        [change("changed", "2024-02-01", monthly_value=700, currency="USD")],
        [("2024-02-01", "discovered", {"USD": 700})],
        "active",
    ),
    Story(
        "payment of somebody unknown: discovered where its month begins, at no known value",
        [paid("2024-02-17")],
        [("2024-02-01", "discovered", {})],
        "active",
    ),
    Story(
        "a signup soon after the first payment: new",
        [paid("2024-02-17"), signup("2024-03-02")],
        [("2024-03-02", "new", USD)],
        "active",
    ),
    Story(
        "a signup long after the first payment: discovered, and then worth more",
        [paid("2024-02-17"), signup("2024-03-17")],
        [("2024-02-01", "discovered", {}), ("2024-03-17", "expansion", USD)],
        "active",
    ),
    Story(
        "found before the start: part of the opening",
        [renewal("2024-02-01")],
        [("2024-02-01", "opening", USD)],
        "active",
        Definitions(start=1_709_251_200),
    ),
    Story(
        "refunds, complaints and referrals discover nobody",
        [
            paid("2024-02-17", amount=-100),
            event("complaints", "2024-02-17"),
            event("referrals", "2024-02-17"),
        ],
        [],
        "",
    ),
    Story(
        "renewal after a loss: reactivated",
        [SIGNUP, cancelled("2024-02-01"), renewal("2024-04-01")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "lost", USD),
            ("2024-04-01", "reactivated", USD),
        ],
        "active",
    ),
    Story(
        "payment failed, and nobody pays: lost after the days that are set",
        [SIGNUP, change("past_due", "2024-02-10"), change("past_due", "2024-02-20")],
        [("2024-01-10", "new", USD), ("2024-03-11", "lost", USD)],
        "lost",
    ),
    Story(
        "payment failed and mended",
        [SIGNUP, change("past_due", "2024-02-10"), change("paid", "2024-03-10")],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "a payment alone does not clear what is past due, only the word that it is paid",
        [SIGNUP, change("past_due", "2024-02-10"), paid("2024-02-20")],
        [("2024-01-10", "new", USD), ("2024-03-11", "lost", USD)],
        "lost",
    ),
    Story(
        "refund: money, no movement",
        [SIGNUP, paid("2024-01-11"), paid("2024-01-20", amount=-4900)],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "free plan: a customer worth nothing",
        [signup("2024-01-10", monthly_value=0)],
        [("2024-01-10", "new", {})],
        "free",
    ),
    Story(
        "free plan where those do not count: new when it is paid for",
        [
            signup("2024-01-10", monthly_value=0),
            change("changed", "2024-02-01", monthly_value=4900, currency="USD"),
        ],
        [("2024-02-01", "new", USD)],
        "active",
        Definitions(count_free=False),
    ),
    Story(
        "paused and resumed: a customer all the time, worth nothing in between",
        [SIGNUP, change("paused", "2024-02-01"), change("resumed", "2024-03-01")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "contraction", USD),
            ("2024-03-01", "expansion", USD),
        ],
        "active",
    ),
    Story(
        "paused",
        [SIGNUP, change("paused", "2024-02-01")],
        [("2024-01-10", "new", USD), ("2024-02-01", "contraction", USD)],
        "paused",
    ),
    Story(
        "cancelled to the end of what is paid: lost then",
        [SIGNUP, cancelled("2024-02-10", effective_at="2024-03-10")],
        [("2024-01-10", "new", USD), ("2024-03-10", "lost", USD)],
        "lost",
    ),
    Story(
        "cancelled, but renewed before it takes effect: stays",
        [SIGNUP, cancelled("2024-02-10", effective_at="2024-03-10"), renewal("2024-02-20")],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "backdated: lost at the earlier date",
        [SIGNUP, cancelled("2024-03-10", effective_at="2024-02-01")],
        [("2024-01-10", "new", USD), ("2024-02-01", "lost", USD)],
        "lost",
    ),
    Story(
        "refused to renew: lost at the end of the term",
        [SIGNUP, renewal("2024-02-10", outcome="refused", term_end="2024-03-01")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-10", "refusals", {"USD": 58_800}),
            ("2024-03-01", "lost", USD),
        ],
        "lost",
    ),
    Story(
        "a cancellation withdrawn",
        [SIGNUP, WRONG, FIX],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "the withdrawal withdrawn: the cancellation stands again",
        [SIGNUP, WRONG, FIX, correction(FIX, "2024-03-06")],
        [("2024-01-10", "new", USD), ("2024-03-01", "lost", USD)],
        "lost",
    ),
    Story(
        "a signup corrected twice: the newest holds",
        [
            SIGNUP,
            correction(SIGNUP, "2024-01-12", signup("2024-01-11", monthly_value=1)),
            correction(SIGNUP, "2024-01-13", signup("2024-01-12", monthly_value=2)),
        ],
        [("2024-01-12", "new", {"USD": 2})],
        "active",
    ),
    Story(
        "currency changed: contraction in the old, expansion in the new",
        [SIGNUP, change("changed", "2024-02-01", monthly_value=4500, currency="EUR")],
        [
            ("2024-01-10", "new", USD),
            ("2024-02-01", "contraction", USD),
            ("2024-02-01", "expansion", {"EUR": 4500}),
        ],
        "active",
    ),
    Story(
        "ended and begun in one second: stays",
        [SIGNUP, cancelled("2024-02-01T10:00:00"), signup("2024-02-01T10:00:00")],
        [("2024-01-10", "new", USD)],
        "active",
    ),
    Story(
        "begun and ended in one second: new and lost",
        [signup("2024-02-01T10:00:00"), cancelled("2024-02-01T10:00:00")],
        [("2024-02-01", "lost", USD), ("2024-02-01", "new", USD)],
        "lost",
    ),
    Story(
        "forgotten: lost, and somebody new when it comes back",
        [SIGNUP, change("forgotten", "2024-02-01"), signup("2024-02-10")],
        [("2024-01-10", "new", USD), ("2024-02-01", "lost", USD), ("2024-02-10", "new", USD)],
        "active",
    ),
]
