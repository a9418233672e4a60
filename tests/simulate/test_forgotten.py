"""Customers of a simulated company who are forgotten: every number is that of two people each."""

from __future__ import annotations

import json
from bisect import bisect
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from kept_company import GRACE, KeptCompany, settings_of
from test_periods import assert_losses_are_true, compared

from schemas.topics import CUSTOMERS
from streams.core.event_time.buckets import DAY
from streams.core.event_time.formats import utc
from streams.simulate.company import found
from streams.simulate.events import TOPICS
from streams.simulate.files import EVENTS, event_file
from streams.simulate.manifest import Manifest, read_manifest
from streams.simulate.run import simulate
from streams.simulate.truth.calendar import calendar_of

if TYPE_CHECKING:
    from pathlib import Path

ARRIVED = 8 * DAY
"""What happened so long before has arrived: what comes after it is forgotten is somebody new."""


def forget_some(folder: Path, manifest: Manifest, chance: Random) -> dict[str, int]:
    """Let some customers of a folder be forgotten, and give when, by customer."""
    lines = {
        topic: [
            json.loads(one) for one in event_file(folder / EVENTS, topic).read_text().splitlines()
        ]
        for topic in TOPICS
    }
    named = {e.get("referred_customer_id") for e in lines["referrals"]}
    named |= {e.get("customer_id") for e in lines["referrals"] + lines["corrections"]}
    there = sorted({e["customer_id"] for e in lines["signups"] + lines["changes"]} - named)
    months = range(40, 300)
    gone = {one: manifest.start + chance.choice(months) * DAY for one in there[::3]}
    for topic in TOPICS:
        lines[topic] = [event for event in lines[topic] if is_kept(event, gone, manifest)]
    arrived = [event["occurred_at"] for event in lines["changes"]]
    for customer, at in sorted(gone.items(), key=lambda one: -one[1]):
        asks = {"customer_id": customer, "occurred_at": utc(at).isoformat(), "change": "forgotten"}
        place = bisect(arrived, utc(at).isoformat())
        lines["changes"].insert(place, {"event_id": f"forget-{customer}", **asks})
    for topic, events in lines.items():
        file = event_file(folder / EVENTS, topic)
        file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return gone


def is_kept(event: dict[str, Any], gone: dict[str, int], manifest: Manifest) -> bool:
    at = gone.get(event.get("customer_id") or "")
    if at is None:
        return True
    calendar = calendar_of(manifest.definitions.zone)
    close = calendar.month_start(calendar.month(at) + 1)
    begin, end = utc(at - ARRIVED).isoformat(), utc(close + ARRIVED).isoformat()
    back = int(event["customer_id"][1:7]) % 2 == 0 and event["occurred_at"] >= end
    return bool(back or event["occurred_at"] < begin)


@pytest.mark.slow
def test_whoever_is_forgotten_all_periods_are_true_and_nothing_is_left(tmp_path: Path) -> None:
    simulate(found(41, 150, 12, (2016, 1)), tmp_path, lambda _: None)
    manifest = read_manifest(tmp_path)
    chance = Random(41)
    gone = forget_some(tmp_path, manifest, chance)
    company = KeptCompany(settings_of(manifest), 2)
    company.load(tmp_path)
    company.say_over(manifest.clock + GRACE)
    company.read(chance)
    company.wait()
    assert company.checks() == {}
    assert compared(tmp_path, manifest, company).differences == []
    assert_losses_are_true(tmp_path, manifest, company)
    forgotten = [
        part["count"]
        for row in company.rows("metrics.periods").values()
        if row["period"] == "2016" and row["segment"] is None
        for part in row["parts"]["lost"]["reason"]
        if part["label"] == "forgotten"
    ]
    assert forgotten[0] > 10
    back = {key.decode() for key in company.rows(CUSTOMERS)} & set(gone)
    held = {name for name in gone for fold in company.folds() if fold.customers.life(name)}
    assert back <= held
    assert 0 < len(held) < len(gone) - 10
