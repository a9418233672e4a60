"""Each setting that says what the numbers mean: one customer, and what it changes of her."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from customer_events import DAY, Partition, cancelled, change, event, paid, signup, when

from streams.core.customers.definitions import Definitions

if TYPE_CHECKING:
    from collections.abc import Callable

GOLD = (("gold", {"USD": 60_000}),)


def days(kind: str) -> Callable[[Partition], list[tuple[str, int]]]:
    """Ask for the days on which something of a kind is counted, and how often."""

    def ask(partition: Partition) -> list[tuple[str, int]]:
        cells = sorted((cell.start, cell.count) for cell in partition.select(kind, "1d"))
        return [(datetime.fromtimestamp(at, UTC).strftime("%m-%d %H"), n) for at, n in cells]

    return ask


def tiers(partition: Partition) -> list[str | None]:
    """Ask for the tiers of what was earned, month by month."""
    return [tier for _, tier, _ in partition.groups("revenue")]


class Meaning(NamedTuple):
    """Events, what is asked, and the answer before and after the setting is set."""

    setting: str
    to: Any
    events: list[Any]
    ask: Callable[[Partition], Any]
    before: Any
    after: Any
    others: Definitions = Definitions()


AWAY = [signup("2024-01-10"), cancelled("2024-03-01"), signup("2024-03-20")]
PAYS = [signup("2024-01-10"), paid("2024-01-15", 70_000, cost_to_serve=20_000), paid("2024-02-15")]

MEANINGS = [
    Meaning("return_window", 7 * DAY, AWAY, days("lost"), [], [("03-01 00", 1)]),
    Meaning(
        "past_due_days",
        10,
        [signup("2024-01-10"), change("past_due", "2024-03-01")],
        days("lost"),
        [("03-31 00", 1)],
        [("03-11 00", 1)],
    ),
    Meaning(
        "found_window",
        10 * DAY,
        [paid("2024-03-20"), signup("2024-03-31")],
        days("new"),
        [("03-31 00", 1)],
        [],
    ),
    Meaning(
        "tiers",
        GOLD,
        PAYS,
        tiers,
        ["base", "base"],
        ["base", "gold"],
        Definitions(tier_by="revenue"),
    ),
    Meaning("base_tier", "bronze", PAYS, tiers, ["base", "base"], ["bronze", "bronze"]),
    Meaning(
        "tier_by",
        "revenue",
        PAYS,
        tiers,
        ["base", "base"],
        ["base", "gold"],
        Definitions(tiers=GOLD),
    ),
    Meaning(
        "recent_complaint",
        10 * DAY,
        [signup("2024-01-10"), event("complaints", "2024-05-01")],
        days("at_risk"),
        [("05-01 00", 1), ("05-31 00", -1)],
        [("05-01 00", 1), ("05-11 00", -1)],
    ),
    Meaning(
        "count_free",
        False,  # noqa: FBT003 (the value of a setting)
        [signup("2024-05-01", monthly_value=0)],
        days("new"),
        [("05-01 00", 1)],
        [],
    ),
    Meaning(
        "start",
        when("2024-01-01"),
        [change("changed", "2023-12-20")],
        days("opening"),
        [],
        [("12-20 00", 1)],
    ),
    Meaning(
        "zone",
        "America/New_York",
        [signup("2024-05-02T02:00:00")],
        days("new"),
        [("05-02 00", 1)],
        [("05-01 04", 1)],
    ),
]


def test_every_setting_has_a_customer() -> None:
    assert sorted(one.setting for one in MEANINGS) == sorted(Definitions.__struct_fields__)


@pytest.mark.parametrize("one", MEANINGS, ids=[one.setting for one in MEANINGS])
def test_what_a_setting_means(one: Meaning) -> None:
    otherwise = msgspec.structs.replace(one.others, **{one.setting: one.to})
    assert one.others.stamp != otherwise.stamp
    for definitions, answer in ((one.others, one.before), (otherwise, one.after)):
        partition = Partition(definitions)
        assert partition.process(one.events) == []
        partition.advance("2024-06-15")
        assert one.ask(partition) == answer
        assert partition.adds_up()
