"""What a seed makes: the same again, in the form of the contract, with everything in it."""

from __future__ import annotations

import json
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from schemas import wire
from schemas.topics import SOURCES
from streams.load.loading import Loading
from streams.simulate.company import found
from streams.simulate.events import TOPICS, Event, decode
from streams.simulate.files import COMMON, EVENTS, FIELDS, event_file, read_events
from streams.simulate.manifest import read_manifest
from streams.simulate.run import simulate
from streams.simulate.truth import run as truth_run
from streams.simulate.truth.run import truth_of_folder, write_truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


def quiet(_done: int) -> None:
    pass


def make(folder: Path, seed: int = 7, customers: int = 400, months: int = 14) -> Path:
    simulate(found(seed, customers, months, (2016, 1)), folder, quiet)
    return folder


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("company"), customers=1500)


@pytest.fixture(scope="module")
def events(company: Path) -> list[tuple[str, Event]]:
    return list(read_events(company / EVENTS))


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    one, again = make(tmp_path / "one", customers=120), make(tmp_path / "again", customers=120)
    other = make(tmp_path / "other", customers=120, seed=8)
    for folder in (one, again, other):
        manifest = read_manifest(folder)
        write_truth(folder, truth_of_folder(folder, manifest, quiet), manifest)
    assert files(one) == files(again)
    assert files(one).keys() == files(other).keys()
    same = {name for name in files(one) if files(one)[name] == files(other)[name]}
    assert same == {"groundswell.toml"}  # the settings that it is counted by


def test_every_event_is_one_by_the_contract(company: Path) -> None:
    for topic in TOPICS:
        for line in event_file(company / EVENTS, topic).read_bytes().splitlines():
            wire.decoders[topic](line)


def test_the_loader_reads_every_file_as_it_is(company: Path) -> None:
    for topic in TOPICS:
        file = event_file(company / EVENTS, topic)
        loading = Loading(file, topic)
        loaded = [decode(event.value) for batch in loading.batches() for event in batch]
        assert not loading.report.refused
        sent = [decode(line) for line in file.read_bytes().splitlines()]
        assert sorted(sent, key=lambda e: e.event_id) == sorted(loaded, key=lambda e: e.event_id)


def test_every_topic_of_the_contract_has_its_file() -> None:
    assert set(TOPICS) == set(SOURCES)
    for topic, model in SOURCES.items():
        assert {*FIELDS[topic], *COMMON} <= model.model_fields.keys()


def test_the_first_line_of_a_file_names_every_field(company: Path) -> None:
    for topic in TOPICS:
        with event_file(company / EVENTS, topic).open("rb") as file:
            first = json.loads(file.readline())
        assert set(FIELDS[topic]) <= first.keys()


def test_events_come_twice_and_out_of_order(events: list[tuple[str, Event]]) -> None:
    ids = Counter((topic, event.event_id) for topic, event in events)
    assert set(ids.values()) == {1, 2}
    for topic in ("revenue", "changes", "complaint_updates"):
        times = [event.at for on, event in events if on == topic]
        late = max(latest - at for latest, at in zip(accumulate(times, max), times, strict=True))
        assert late > 86_400, f"{topic} has no event that comes days late"
        assert late < 7 * 86_400, f"{topic} has one that comes later than any horizon"


def test_everything_that_can_happen_does(events: list[tuple[str, Event]]) -> None:
    changes = {event.change for topic, event in events if topic == "changes"}
    assert changes == {
        "changed",
        "paused",
        "resumed",
        "trial_began",
        "trial_ended",
        "trial_converted",
        "past_due",
        "paid",
        "merged",
    }
    cancellations = [event for topic, event in events if topic == "cancellations"]
    ahead = {
        event.effective_at > event.occurred_at for event in cancellations if event.effective_at
    }
    assert ahead == {True, False}, "for a later day, and dated back"
    assert {event.initiative for event in cancellations} >= {"customer", "company"}
    assert any(event.reasons and event.reason is None for event in cancellations)
    assert any(
        event.subscription_id and event.subscription_id.endswith("s2") for _, event in events
    )
    assert {event.currency for _, event in events} >= {"USD", "EUR"}
    assert {event.outcome for topic, event in events if topic == "renewals"} == {
        "renewed",
        "refused",
    }
    assert any(event.monthly_value == 0 for _, event in events), "a free plan"
    assert any((event.amount or 0) < 0 for _, event in events), "a refund"
    assert {event.status for topic, event in events if topic == "complaint_updates"} == {
        "acknowledged",
        "answered",
        "resolved",
        "reopened",
    }
    assert {event.converted for topic, event in events if topic == "referrals"} == {True, False}


def test_corrections_withdraw_replace_and_correct_each_other(
    events: list[tuple[str, Event]],
) -> None:
    corrections = [event for topic, event in events if topic == "corrections"]
    assert {event.topic for event in corrections} == set(TOPICS)
    assert {event.replacement is None for event in corrections} == {True, False}
    for event in corrections:
        assert event.original is not None
        assert event.original.customer_id == event.customer_id
        if event.replacement is not None:
            assert event.replacement.customer_id == event.customer_id


def test_complaints_rise_where_an_incident_says(events: list[tuple[str, Event]]) -> None:
    incident = found(7, 1500, 14, (2016, 1)).incidents[0]
    about = [
        event.at
        for topic, event in events
        if topic == "complaints"
        if (event.product, event.issue, event.region)
        == (incident.product, incident.issue, incident.region)
    ]
    during = sum(incident.start - 86_400 <= at <= incident.end + 86_400 for at in about)
    assert during > len(about) / 2


@pytest.mark.slow
def test_the_truth_does_not_depend_on_how_many_customers_are_held_at_a_time(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = read_manifest(company)
    whole = truth_of_folder(company, manifest, quiet)
    monkeypatch.setattr(truth_run, "SHARE", 300_000)
    done: list[int] = []
    shared = truth_of_folder(company, manifest, done.append)
    assert whole.rows() == shared.rows()
    assert whole.rates.rates() == shared.rates.rates()
    assert done == list(range(1, done[-1] + 1))


def test_more_events_than_are_held_come_out_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = make(tmp_path / "held", customers=120)
    monkeypatch.setattr("streams.simulate.files.HELD", 50)
    assert files(held) == files(make(tmp_path / "spilled", customers=120))


def test_the_command_says_what_it_made(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = tmp_path / "made"
    result = run(
        "simulate", "--customers", 50, "--months", 3, "--seed", 2, "--out", folder, "--start",
        "2017-05",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "events of 9 topics" in result.output
    manifest = read_manifest(folder)
    assert (manifest.customers, manifest.seed) == (50, 2)
    assert (
        "by seed 2: 50 customers, 2017-05-01 00:00 to 2017-08-01 00:00"
        in (folder / "README.txt").read_text()
    )
    assert (folder / "truth" / "periods.csv").read_text().startswith("grain,period,group,unit,")


def test_a_month_that_is_none_is_reported(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("simulate", "--out", tmp_path, "--start", "2017")
    assert result.exit_code == 1
    assert "YYYY-MM" in result.output
