"""A fetched batch becomes columns once: whoever counts events reads those, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from events import T0, WALL, complaint, records
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.catalogue import FAMILIES, TOPICS, SourceTopic
from streams.core.ingest.decode import Decoder
from streams.core.ingest.event_columns import ColumnReader, Contributions
from streams.core.ingest.label_codes import LabelCodes
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS
from streams.core.sketches.coupons import coupons
from streams.settings import Settings

if TYPE_CHECKING:
    import pytest

    from streams.core.ingest.accepted import AcceptedBatch

SETTINGS = Settings()
MINUTE, HOUR = 60, 3600


def accept(*events: dict[str, Any] | bytes | None, topic: str = "complaints") -> AcceptedBatch:
    return Decoder(topic, 0, SETTINGS.tables).accept(records(*events), WALL)


def renewal(event_id: str, time: int, outcome: str, value: int) -> dict[str, Any]:
    fields = {"customer_id": "c1", "segment": "home", "reason": "price", "currency": "EUR"}
    return complaint(event_id, time, outcome=outcome, value=value, **fields)


def test_every_column_has_the_accepted_events_in_the_order_in_which_they_were_accepted() -> None:
    batch = accept(
        complaint("a", T0 + 7 * MINUTE, customer_id="c1", product="Loan", text="Too dear"),
        b"junk",
        complaint("b", T0 + 61, region="NY"),
        complaint("a", T0 + 7 * MINUTE, customer_id="c1"),
    )
    assert [event.event_id for event in batch.events] == ["a", "b"]
    assert batch.times == [T0 + 7 * MINUTE, T0 + 61]
    assert batch.buckets == [T0 + 5 * MINUTE, T0]
    assert batch.event_ids == ["a", "b"]
    assert batch.customer_ids == ["c1", None]
    assert batch.texts == ["Too dear", None]
    assert [labels[1] for labels in batch.labels] == ["Loan", None]
    assert [labels[5] for labels in batch.labels] == [None, "NY"]
    assert [c for (c,) in batch.contributions] == [("complaints", 0, None)] * 2


def test_amounts_stand_with_the_metric_that_they_count_for() -> None:
    batch = accept(
        renewal("a", T0, "renewed", 1200), renewal("b", T0, "refused", 900), topic="renewals"
    )
    assert batch.contributions == [(("renewals", 1200, "EUR"),), (("refusals", 900, "EUR"),)]
    assert batch.texts == [None, None]


def test_what_is_late_is_decoded_and_kept_apart_from_the_columns() -> None:
    batch = accept(complaint("new", T0 + HOUR), complaint("old", T0), complaint("old", T0))
    assert batch.event_ids == ["new"]
    assert [event.event_id for event in batch.late] == ["old", "old"]


def test_a_batch_of_which_all_is_late_has_nothing_else() -> None:
    decoder = Decoder("complaints", 0, SETTINGS.tables)
    decoder.accept(records(complaint("new", T0 + HOUR)), WALL)
    batch = decoder.accept(records(complaint("a", T0), complaint("b", T0 + 1)), WALL)
    assert (len(batch), len(batch.late)) == (0, 2)
    assert decoder.outcomes == {"folded": 1, "late": 2, "duplicate": 0}
    assert decoder.watermark.at == T0 + HOUR


def test_a_jump_and_what_is_ahead_are_judged_one_by_one() -> None:
    decoder = Decoder("complaints", 0, SETTINGS.tables)
    day = 24 * HOUR
    far = [complaint(f"far {n}", T0 + 30 * day + n) for n in range(3)]
    decoder.accept(records(complaint("a", T0), *far[:2], complaint("b", T0 + 1)), WALL)
    assert decoder.watermark.at == T0 + 1
    decoder.accept(records(*far, complaint("c", T0 + 2)), WALL)
    assert decoder.outcomes["duplicate"] == 2
    assert decoder.watermark.at == T0 + 2


def test_readers_share_one_column() -> None:
    batch = accept(complaint("a", T0))
    assert batch.labels is batch.labels
    assert batch.customer_ids is batch.customer_ids


def test_a_batch_of_nothing_has_empty_columns() -> None:
    batch = accept(b"junk")
    assert len(batch) == 0
    assert batch.event_ids == []
    assert batch.labels == []


def test_contributions_stand_in_a_column_a_metric() -> None:
    batch = accept(
        renewal("a", T0, "renewed", 1200),
        renewal("b", T0 + 1, "refused", 900),
        renewal("c", T0 + 2, "renewed", 300),
        topic="renewals",
    )
    codes = LabelCodes(TOPICS["renewals"].labels, {})
    columns = ColumnReader("renewals", codes).read(batch.events, batch.times)
    assert columns.times.tolist() == batch.times
    assert [column.tolist() for column in columns.codes] == [[0, 0, 0]] * 2
    assert [codes.names(place, [0]) for place in range(2)] == [["home"], ["price"]]
    renewals, refusals = columns.contributions["renewals"], columns.contributions["refusals"]
    assert renewals.of(columns.times).tolist() == [T0, T0 + 2]
    assert renewals.amounts is not None
    assert renewals.amounts.tolist() == [1200, 300]
    assert refusals.currencies == ["EUR"]
    assert set(columns.coupons.tolist()) == set(coupons(["c1"]).tolist())
    assert (columns.named, columns.texts) == (None, None)


def test_an_event_that_names_nobody_has_no_customer() -> None:
    batch = accept(complaint("a", T0, customer_id="c1"), complaint("b", T0, text="Why?"))
    codes = LabelCodes(TOPICS["complaints"].labels, {})
    columns = ColumnReader("complaints", codes).read(batch.events, batch.times)
    assert columns.named is not None
    assert columns.named.tolist() == [True, False]
    assert columns.texts == [None, "Why?"]
    assert columns.contributions == {"complaints": Contributions(None)}


@given(
    st.lists(
        st.builds(complaint, st.sampled_from("abcdefgh"), st.integers(T0, T0 + 3 * HOUR)),
        max_size=30,
    )
)
@settings(deadline=None)
def test_each_event_received_is_accepted_or_accounted_for(events: list[dict[str, Any]]) -> None:
    decoder = Decoder("complaints", 0, SETTINGS.tables)
    batch = decoder.accept(records(*events, b"junk"), WALL)
    outcomes = decoder.outcomes
    assert len(batch) == len(batch.times) == outcomes["folded"]
    assert len(batch.late) == outcomes["late"]
    assert outcomes.total() == len(events) + 1


def test_a_topic_without_metrics_that_a_family_depends_on_publishes_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = SourceTopic(TOPICS["referrals"].labels)
    monkeypatch.setitem(cast("dict[str, SourceTopic]", TOPICS), "referrals", bare)
    stage = IngestStage(0, 2, SETTINGS)
    referral = complaint("r", T0, customer_id="c1", referred_id="c2", segment="home")
    stage.process("referrals", records(referral, referral), WALL)
    assert {what: n for (_, what), n in stage.outcomes().items() if n} == {
        "folded": 1,
        "duplicate": 1,
    }
    assert stage.sizes()["cells"] == 0
    flush = stage.flush(1, WALL)
    assert [send.partition for send in flush.sends if send.topic == PARTIALS] == [0, 1]
    other = IngestStage(0, 2, SETTINGS)
    other.restore({key: value for key, value in flush.rows if value is not None})
    other.process("referrals", records(referral), WALL)
    assert other.outcomes()["referrals", "duplicate"] == 2


def test_families_and_topics_are_declared_so_that_they_can_be_stored() -> None:
    metrics = [metric for family in FAMILIES.values() for metric in family.metrics]
    assert len(metrics) == len(set(metrics))
    for name, family in FAMILIES.items():
        assert set(family.topics) <= set(TOPICS)
        assert name not in TOPICS or family.topics == (name,)
