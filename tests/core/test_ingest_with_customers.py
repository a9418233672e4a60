"""Customers in the ingest stage: what reaches a life, what is published, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from customer_events import DAY, cancelled, change, event, paid, signup
from kept_partition import OFF, ON, QUIET, WALL, YEARS, Partition, told
from msgspec.json import encode
from pydantic import ValidationError

from schemas.topics import CUSTOMERS, PERIODS
from streams.core.catalogue import TOPICS
from streams.core.changelog import UnreadableStateError
from streams.core.config import Customers, Tables
from streams.core.customers.calendar import FAR
from streams.core.ingest import kinds
from streams.core.ingest.decode import Decoder
from streams.core.ingest.stage import IngestStage
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE
from streams.core.stage import InPieces, Record
from streams.settings import Settings
from streams.transport.client.topics import layout
from streams.worker.topology import pipeline


def statuses(partition: Partition) -> dict[str, str]:
    return {name: row["status"] for name, row in partition.customers.items()}


# -- what is published -----------------------------------------------------------------------------


def test_a_customer_is_published_in_the_partition_that_its_events_are_in() -> None:
    partition = Partition(own=3, partitions=4)
    partition.take(signup("2025-03-05", segment="home", plan="pro"), paid("2025-03-06", 4900))
    partition.idle()
    sends = [send for send in partition.flush() if send.topic == CUSTOMERS]
    assert [(send.partition, send.key) for send in sends] == [(3, b"ada")]
    assert partition.customers["ada"] == {
        "schema_version": 1,
        "customer_id": "ada",
        "status": "active",
        "segment": "home",
        "tier": "base",
        "since": "2025-03-05T00:00:00Z",
        "recurring_value": {"USD": 4900},
        "value_known": True,
        "plan": "pro",
        "subscriptions": 1,
        "open_complaints": 0,
        "last_movement": {"kind": "new", "at": "2025-03-05T00:00:00Z", "reason": "unknown"},
        "movements": [
            {
                "kind": "new",
                "at": "2025-03-05T00:00:00Z",
                "reason": "unknown",
                "values": {"USD": 4900},
            }
        ],
        "losses": [],
        "complaints": [],
        "words": [],
        "merged_into": None,
        "definitions": ON.customers.definitions.stamp,
    }


def test_nobody_is_published_before_all_topics_have_come_so_far() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05"), paid("2025-03-06", 4900))
    partition.flush()
    assert not partition.customers
    partition.idle()
    partition.flush()
    assert statuses(partition) == {"ada": "active"}


def test_what_is_not_urgent_is_published_when_its_time_has_come_though_nothing_comes() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05"), paid("2025-03-06", 4900))
    partition.idle()
    partition.flush()
    partition.take(event("complaints", "2025-03-05", "ada"), paid("2025-03-06T01:00:00", 1))
    partition.flush()
    assert partition.customers["ada"]["open_complaints"] == 0
    assert partition.stage.pending() == 0
    partition.wall += 11.0
    partition.stage.tick(partition.wall, ())
    assert partition.stage.pending() > 0
    partition.flush()
    assert partition.customers["ada"]["open_complaints"] == 1


# -- what reaches a life ---------------------------------------------------------------------------


def test_an_event_of_a_lifecycle_counts_though_it_is_late_for_its_bucket() -> None:
    partition = Partition()
    partition.take(signup("2025-03-05"), signup("2025-05-01", "bob"), paid("2025-05-01", 4900))
    partition.take(cancelled("2025-04-20"), cancelled("2025-05-02", "bob"))
    partition.take(cancelled("2025-04-10"))
    partition.idle()
    partition.flush()
    assert statuses(partition)["ada"] == "lost"
    assert partition.customers["ada"]["last_movement"]["at"] == "2025-04-10T00:00:00Z"
    assert [row["event"]["occurred_at"][:10] for row in partition.late] == ["2025-04-10"]
    assert all("reason" not in row for row in partition.late)


@pytest.mark.parametrize(
    "late", [paid("2025-04-10", 4900, "ada"), event("complaints", "2025-04-10", "ada")]
)
def test_money_and_complaints_that_are_late_for_their_bucket_count_for_nobody(late: Any) -> None:
    partition = Partition()
    partition.take(signup("2025-03-05"), paid("2025-05-01", 1, "bob"))
    partition.take(event("complaints", "2025-05-01", "bob"))
    partition.idle()
    partition.flush()
    before = dict(partition.rows)
    partition.take(late)
    partition.flush()
    assert len(partition.late) == 1
    changed = {key for key, value in partition.rows.items() if before.get(key) != value}
    assert not {row.kind for row in kinds.LAYOUT.read({k: partition.rows[k] for k in changed})} & {
        *kinds.OF_CUSTOMERS
    }


def test_what_is_older_than_all_that_is_kept_apart_is_late_with_the_reason() -> None:
    partition = Partition()
    partition.take(signup("2021-01-05"))
    for month in YEARS:
        partition.take(paid(month, 4900), change("changed", month, plan=month))
        partition.idle()
    partition.flush()
    assert not partition.late
    partition.take(cancelled("2021-02-01", event_id="old"))
    partition.flush()
    told = [(row["event"]["event_id"], row["reason"]) for row in partition.late]
    assert told == [("old", "before_base")]
    assert partition.late[0]["lateness_s"] == 0  # no cancellation came later
    assert statuses(partition)["ada"] == "active"


def test_money_of_months_that_are_no_longer_kept_is_late_with_the_reason() -> None:
    partition = Partition()
    partition.take(signup("2021-01-05"), *(signup("2025-12-01", name) for name in "abc"))
    partition.idle()
    partition.take(paid("2022-02-01", 4900, event_id="old"))
    partition.flush()
    told = [(row["event"]["event_id"], row["reason"]) for row in partition.late]
    assert told == [("old", "before_horizon")]


def test_spellings_of_one_name_are_one_for_customers_too() -> None:
    spelled = Settings(
        customers=Customers(enabled=True),
        tables=Tables(aliases={"segment": {"Home ": "home"}, "plan": {"PRO": "pro"}}),
    )
    partition = Partition(spelled)
    partition.take(signup("2025-03-05", segment="Home ", plan="PRO"), paid("2025-03-06", 4900))
    partition.take(signup("2025-03-06", "bob", segment="home", plan="pro"))
    partition.idle()
    partition.flush()
    for row in partition.customers.values():
        assert (row["segment"], row["plan"]) == ("home", "pro")


# -- the state -------------------------------------------------------------------------------------


def test_what_was_written_with_customers_is_refused_without_them() -> None:
    before = Partition()
    before.take(event("complaints", "2025-03-05", None))  # of nobody: no life is written
    before.flush()
    with pytest.raises(UnreadableStateError, match=r"Set customers\.enabled = true"):
        Partition(OFF, before.rows)
    Partition(ON, before.rows)


def test_other_definitions_are_refused() -> None:
    before = Partition()
    before.take(signup("2025-03-05"))
    before.flush()
    other = Settings(customers=Customers(enabled=True, past_due_days=10))
    with pytest.raises(UnreadableStateError, match=ON.customers.definitions.stamp):
        Partition(other, before.rows)


def test_what_is_due_is_settled_piece_by_piece_and_a_restart_in_between_changes_nothing() -> None:
    names = [f"c{n}" for n in range(600)]
    joined = [signup("2025-03-05", name) for name in names]
    whole, parted = Partition(), Partition()
    for one in (whole, parted):
        one.take(*joined, paid("2025-03-06", 1, "bob"))
        one.flush()
    whole.idle()
    whole.flush()
    assert isinstance(parted.stage, IngestStageWithCustomers)
    parted.stage.remind(parted.wall, TOPICS)
    parted.stage.admit(EXCHANGE, [told(0, FAR, idle=False)], parted.wall)
    parted.stage.remind(parted.wall + QUIET, TOPICS)
    pieces = 0
    while parted.stage.work():
        pieces += 1
        if pieces % 20 == 0:
            parted.flush()
        if pieces == 100:
            parted.stage = ingest_stage(0, 1, ON)
            parted.stage.restore(parted.rows)
            assert isinstance(parted.stage, IngestStageWithCustomers)
    parted.flush()
    assert pieces > 200
    assert parted.customers == whole.customers
    assert len(whole.customers) == len(names) + 1


# -- where it is off -------------------------------------------------------------------------------


def test_without_customers_the_stage_keeps_nothing_for_them() -> None:
    stage = ingest_stage(0, 1, OFF)
    assert type(stage) is IngestStage
    assert not isinstance(stage, InPieces)
    assert not stage.keeps_records
    decoder = Decoder("signups", 0, OFF.tables)
    batch = decoder.accept([Record(0, None, encode(signup("2025-03-05")))], WALL)
    assert (len(batch), batch.records) == (1, [])


@pytest.mark.parametrize(("settings", "versions"), [(OFF, (25, 8, 15)), (ON, (28, 9, 15))])
def test_the_topic_is_there_where_customers_are_kept_and_each_state_has_its_version(
    settings: Settings, versions: tuple[int, int, int]
) -> None:
    stages = pipeline(settings)(4)
    wanted = {topic.name: topic for topic in layout(settings, stages, 4)}
    for name in (CUSTOMERS, PERIODS):
        assert (name in wanted) == settings.customers.enabled
        if name in wanted:
            assert wanted[name].partitions == 4
            assert wanted[name].config["cleanup.policy"] == "compact"
    assert tuple(stage.written or stage.version for stage in stages) == versions
    assert stages[0].version == kinds.LAYOUT.version


# -- settings --------------------------------------------------------------------------------------


def test_the_settings_say_what_the_numbers_mean() -> None:
    kept = Customers.model_validate(
        {
            "tiers": [["gold", {"USD": 500}], ["silver", {"USD": 100, "EUR": 90}]],
            "start": "2016-01-01T01:00:00+01:00",
            "zone": "Europe/Berlin",
            "past_due_days": 14,
        }
    )
    definitions = kept.definitions
    assert definitions.tiers == (("gold", {"USD": 500}), ("silver", {"USD": 100, "EUR": 90}))
    assert definitions.start == int(datetime(2016, 1, 1, tzinfo=UTC).timestamp())
    assert (definitions.zone, definitions.past_due_days) == ("Europe/Berlin", 14)
    assert definitions.return_window == 30 * DAY
    assert definitions.stamp != Customers().definitions.stamp


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Middle/Earth"},
        {"zone": "../etc"},
        {"tiers": [["gold", {}]]},
        {"tiers": [["gold", {"USD": 0}]]},
        {"tiers": [["gold", {"usd": 1}]]},
        {"tiers": [["gold", {"USD": 1}], ["gold", {"EUR": 1}]]},
        {"tiers": [["base", {"USD": 1}]]},
        {"tiers": [["silver", {"USD": 1}], ["gold", {"USD": 2}]]},
        {"tiers": [["gold", {"USD": 2}], ["silver", {"USD": 2}]]},
        {"tiers": [["gold", {"USD": 2}], ["silver", {"EUR": 9}], ["bronze", {"USD": 3}]]},
        {"start": "2016-01-01T00:00:00"},
        {"return_window": -1},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Customers.model_validate(wrong)


def test_a_tier_that_nobody_would_reach_is_told_with_what_to_do() -> None:
    with pytest.raises(ValidationError) as refused:
        Customers.model_validate({"tiers": [["silver", {"USD": 15}], ["gold", {"USD": 60}]]})
    assert (
        "gold would have nobody by USD: silver stands before it and begins at 15, gold at 60;"
        " write the tier with the highest threshold first"
    ) in str(refused.value)
