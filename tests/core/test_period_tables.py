"""Periods: what source partitions tell is merged, stocks are summed, and rows are published."""

from __future__ import annotations

import json

import pytest
from told_company import ON, Company, cells

from schemas.topics import PERIODS, ROLLING
from streams.core.aggregate.periods.report import MOST_LABELS
from streams.core.aggregate.stage import AggregateStage
from streams.core.aggregate.with_periods import AggregateStageWithPeriods, aggregate_class
from streams.core.changelog import UnreadableStateError
from streams.core.config import Customers
from streams.core.event_time.buckets import DAY
from streams.core.messages import periods_home
from streams.settings import Settings

# -- merging ---------------------------------------------------------------------------------------


def test_what_a_partition_says_of_a_cell_replaces_what_it_said_and_partitions_add_up() -> None:
    company = Company(partitions=2)
    company.tell("2017-01-20", cells("2017-01-18", "new", 2, 200))
    company.tell("2017-01-20", cells("2017-01-18", "new", 5, 500), partition=1)
    company.tell("2017-01-20", cells("2017-01-18", "new", 3, 300))
    company.publish()
    assert company.numbers("2017-01") == {"new": (8, 800), "closing": (8, 800)}
    assert company.bucket("new_customers", "2017-01-18", segment="home")["customers"] == 8


def test_an_older_flush_never_replaces_a_newer_one_and_twice_is_once() -> None:
    company = Company()
    company.tell("2017-01-20", cells("2017-01-18", "new", 3), flush=7)
    company.tell("2017-01-20", cells("2017-01-18", "new", 1), flush=6)
    company.tell("2017-01-20", cells("2017-01-18", "new", 9), flush=7)
    company.publish()
    assert company.numbers("2017-01")["new"] == (3, 0)
    company.stage = company.restored()
    company.tell("2017-01-21", cells("2017-01-18", "new", 4), flush=7)
    company.publish()
    assert company.numbers("2017-01")["new"] == (3, 0)


def test_nothing_is_published_between_two_parts_of_a_flush_not_even_after_a_restart() -> None:
    company = Company()
    company.tell("2017-01-20", cells("2017-01-18", "new", 3))
    company.publish()
    company.part("2017-01-20", cells("2017-01-18", "new", 5), flush=2, part=0, last=False)
    assert company.publish() == []
    company.stage = company.restored()
    assert company.publish() == []
    company.part("2017-01-21", cells("2017-01-19", "lost", 1), flush=2, part=1, last=True)
    company.publish()
    assert company.numbers("2017-01") == {"new": (5, 0), "lost": (1, 0), "closing": (4, 0)}


def test_rows_go_as_far_as_the_slowest_partition_that_is_not_idle() -> None:
    company = Company(partitions=3)
    company.tell("2017-03-20", cells("2017-01-18", "new", 1))
    company.tell("2017-02-10", cells("2017-02-09", "new", 1), partition=1)
    assert company.publish() == []  # one has not been heard of
    company.tell("2017-01-02", partition=2, idle=True)
    company.publish()
    days = [row["period"] for row in company.tables[PERIODS].values() if row["grain"] == "day"]
    assert max(days) == "2017-02-10"
    assert {row["clock"] for row in company.tables[PERIODS].values()} == {"2017-02-10T00:00:00Z"}


# -- what is published -----------------------------------------------------------------------------


def test_a_period_is_final_after_the_return_window_and_keeps_what_it_said_then() -> None:
    company = Company()
    company.tell("2017-02-20", cells("2017-01-18", "new", 3, 300))
    company.publish()
    assert (company.period("2017-01")["status"], company.period("2017-01")["published"]) == (
        "provisional",
        None,
    )
    company.tell("2017-03-03")  # 1 February and 30 days
    company.publish()
    january = company.period("2017-01")
    assert (january["status"], january["difference"]) == ("final", {})
    assert january["published"]["closing"] == {
        "count": 3,
        "values": {"USD": 300},
        "customers": None,
    }
    company.tell("2017-03-04", cells("2017-01-20", "lost", 1, 100))
    company.publish()
    january = company.period("2017-01")
    assert january["status"] == "amended"
    assert january["published"]["closing"]["count"] == 3
    assert january["difference"] == {
        "lost": {"count": 1, "values": {"USD": 100}, "customers": None},
        "closing": {"count": -1, "values": {"USD": -100}, "customers": None},
    }
    assert company.bucket("lost_customers", "2017-01-20")["status"] == "amended"
    assert company.bucket("new_customers", "2017-01-18")["status"] == "final"


def test_what_was_published_is_what_the_first_final_row_said() -> None:
    company = Company()
    company.tell("2017-02-20", cells("2017-01-18", "new", 3))
    company.publish()
    company.tell("2017-03-03")
    company.tell("2017-03-05", cells("2017-01-18", "new", 4))
    company.publish()
    january = company.period("2017-01")
    assert (january["status"], january["published"]["new"]["count"]) == ("final", 4)
    assert january["difference"] == {}


def test_rows_wait_for_a_mark_of_the_clock_and_one_that_is_set_back_holds_nothing_up() -> None:
    company = Company()
    company.tell("2017-01-20", cells("2017-01-18", "new", 3))
    company.publish()
    company.tell("2017-01-20", cells("2017-01-18", "new", 4))
    company.wall -= 0.75  # a quarter of a second after the last
    assert [send for send in company.publish() if send.topic == PERIODS] == []
    assert company.stage.pending() > 0
    company.wall -= 3600.0
    company.publish()
    assert company.numbers("2017-01")["new"] == (4, 0)
    assert company.stage.pending() == 0


def test_a_loss_that_is_told_late_changes_every_later_stock_by_two_cells() -> None:
    company = Company()
    company.tell("2017-04-10", cells("2016-12-01", "new", 9, 900))
    company.publish()
    company.tell("2017-04-11", cells("2017-01-20", "lost", 1, 100))
    sends = company.publish()
    assert company.numbers("2017-01-19") == {"opening": (9, 900), "closing": (9, 900)}
    assert company.numbers("2017-01-20")["closing"] == (8, 800)
    assert company.numbers("2017-04-10") == {"opening": (8, 800), "closing": (8, 800)}
    assert company.numbers("2017-Q2") == {"opening": (8, 800), "closing": (8, 800)}
    assert company.bucket("active_customers", "2017-04-10")["count"] == 8
    days = {
        json.loads(send.key or b"")["period"]
        for send in sends
        if send.topic == PERIODS and b'"day"' in (send.key or b"")
    }
    assert min(days) == "2017-01-20"


def test_movements_are_in_buckets_by_what_they_have_and_in_windows_as_sums_of_days() -> None:
    company = Company()
    lost = [
        *cells("2017-01-18", "lost", 3, 300),
        *cells("2017-01-18", "lost", 2, 250, ("reason", "price")),
        *cells("2017-01-18", "lost", 1, 50, ("avoidable", "true")),
    ]
    company.tell("2017-01-30", cells("2016-12-01", "new", 9), lost, cells("2017-01-29", "lost", 1))
    company.publish()
    price = company.bucket("lost_customers", "2017-01-18", reason="price")
    assert (price["count"], price["values"], price["customers"]) == (2, {"USD": 250}, 2)
    assert company.bucket("lost_customers", "2017-01-18", avoidable="true")["count"] == 1
    windows = {
        (row["window"], row["metric"]): (row["count"], row["customers"])
        for row in company.tables[ROLLING].values()
        if row["labels"] == {}
    }
    assert windows["7d", "lost_customers"] == (1, None)
    assert windows["28d", "lost_customers"] == (4, None)
    assert windows["90d", "new_customers"] == (9, None)
    assert ("28d", "new_customers") not in windows
    parts = company.period("2017-01")["parts"]
    assert parts["lost"]["reason"] == [{"label": "price", "count": 2, "values": {"USD": 250}}]


@pytest.mark.parametrize("restart", [False, True])
def test_a_window_that_has_nothing_any_more_is_nothing_after_a_restart_too(
    *, restart: bool
) -> None:
    company = Company()
    company.tell("2017-01-20", cells("2017-01-18", "lost", 1), cells("2017-01-18", "new", 5))
    company.publish()
    if restart:
        company.stage = company.restored()
    company.tell("2017-02-20", cells("2017-02-19", "new", 1))
    company.publish()
    windows = {
        (row["window"], row["metric"]): row["count"]
        for row in company.tables[ROLLING].values()
        if row["labels"] == {}
    }
    assert windows["28d", "lost_customers"] == 0
    assert windows["90d", "lost_customers"] == 1
    assert windows["28d", "new_customers"] == 1


@pytest.mark.parametrize("restart", [False, True])
def test_what_comes_to_nothing_is_zero_in_buckets_and_gone_from_periods(*, restart: bool) -> None:
    company = Company()
    company.tell("2017-01-30", cells("2017-01-18", "new", 1, 100))
    company.publish()
    company.tell("2017-01-30", cells("2017-01-18", "new", 0))
    if restart:
        company.wall -= 1.0  # it is written down before it is due to be published
        assert [send for send in company.publish() if send.topic == PERIODS] == []
        company.stage = company.restored()
    company.publish()
    assert company.bucket("new_customers", "2017-01-18")["count"] == 0
    assert company.bucket("active_customers", "2017-01-20")["count"] == 0
    assert company.tables[PERIODS] == {}


def test_a_row_names_the_largest_labels_and_sums_up_the_rest() -> None:
    company = Company()
    reasons = [
        cell
        for n in range(MOST_LABELS + 5)
        for cell in cells("2017-01-18", "lost", n + 1, 10, ("reason", f"r{n}"))
    ]
    company.tell("2017-01-20", cells("2017-01-18", "lost", 325), reasons)
    company.publish()
    shown = company.period("2017-01")["parts"]["lost"]["reason"]
    assert len(shown) == MOST_LABELS + 1
    assert shown[0]["label"] == f"r{MOST_LABELS + 4}"
    assert shown[-1] == {"label": "other", "count": 15, "values": {"USD": 50}}
    assert sum(part["count"] for part in shown) == 325


# -- what is kept ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_old_months_are_added_up_and_one_that_a_slow_partition_changes_still_counts() -> None:
    company, whole = Company(partitions=2), 0
    months = [f"{year}-{month:02}-05" for year in range(2010, 2018) for month in range(1, 13)]
    company.tell("2010-01-01", partition=1, idle=True)
    for month in months:
        company.tell(month, cells(month, "new", 1, 100))
        company.publish()
        whole += 1
    kept = sum(key.startswith(b"q\t") for key in company.rows)
    assert kept < 2 * 40 + 2 * 15  # some three years of months, a year of days
    assert company.numbers("2017-12") == {
        "opening": (whole - 1, 9500),
        "new": (1, 100),
        "closing": (whole, 9600),
    }
    company.stage = company.restored()
    # It was idle since 2010, and tells of 2011 now: 2011 is over, what came after it is not.
    company.tell("2011-04-01", cells("2011-03-05", "new", 2, 50), partition=1, idle=True)
    company.publish()
    assert company.numbers("2017-12")["closing"] == (whole + 2, 9650)
    company.tell("2011-05-01", cells("2011-03-05", "new", 1, 50), partition=1, idle=True)
    company.publish()
    company.stage = company.restored()
    company.tell("2018-01-10", cells("2018-01-05", "lost", 1, 100))
    company.publish()
    assert company.numbers("2018-01") == {
        "opening": (whole + 1, 9650),
        "lost": (1, 100),
        "closing": (whole, 9550),
    }


@pytest.mark.parametrize("restart", [False, True])
def test_days_of_a_month_whose_first_days_are_gone_begin_with_what_there_is(
    *, restart: bool
) -> None:
    company = Company()
    company.tell(
        "2016-01-31", cells("2016-01-02", "new", 7, 700), cells("2016-01-28", "lost", 1, 100)
    )
    company.publish()
    company.tell("2017-02-28", cells("2016-01-29", "new", 1, 100))
    company.publish()
    company.publish()
    if restart:
        company.stage = company.restored()
    assert company.stage.periods.first_day > 0
    january = [*cells("2016-01-29", "new", 2, 200)]
    january[1] = cells("2016-01-02", "new", 9, 900)[1]
    company.tell("2017-02-28", january)
    company.publish()
    assert company.numbers("2016-01-27") == {"opening": (7, 700), "closing": (7, 700)}
    assert company.numbers("2016-01-29") == {
        "opening": (6, 600),
        "new": (2, 200),
        "closing": (8, 800),
    }
    assert company.numbers("2016-02-01")["opening"] == (8, 800)


def test_one_partition_of_the_stage_has_the_periods_where_customers_are_kept() -> None:
    home = periods_home(4)
    classes = [aggregate_class(partition, 4, ON) for partition in range(4)]
    assert [one is AggregateStageWithPeriods for one in classes] == [n == home for n in range(4)]
    assert aggregate_class(home, 4, Settings()) is AggregateStage


def test_a_state_with_periods_is_refused_without_customers_and_by_other_definitions() -> None:
    company = Company()
    company.tell("2017-01-20", cells("2017-01-18", "new", 3))
    company.publish()
    with pytest.raises(UnreadableStateError, match=r"customers\.enabled is false"):
        AggregateStage(0, 1, Settings()).restore(dict(company.rows))
    other = Settings(customers=Customers(enabled=True, return_window=14 * DAY))
    with pytest.raises(UnreadableStateError, match=ON.customers.definitions.stamp):
        AggregateStageWithPeriods(0, 1, other).restore(dict(company.rows))
