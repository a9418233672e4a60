"""The changelogs that an earlier release wrote are taken over, and all goes on as it would have.

`layouts/dump.py` says what is in them and how they were made.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from layouts.dump import WORLDS, go_on, load, read, settings_of
from small_cluster import PLACES

from streams.core.aggregate import kinds as aggregate
from streams.core.alerts import kinds as alerts
from streams.core.alerts.stage import AlertsStage
from streams.core.ingest import kinds as ingest

if TYPE_CHECKING:
    from streams.core.changelog import Layout

VERSIONS = {"fold": 3, "series": 2, "incidents": 4}
"""Those of the release that wrote the dumps."""
GROWN = {alerts.ALERT, ingest.DETAIL, ingest.PROGRESS}
"""Kinds whose values have more fields now; what was not written reads as its default."""

FOLDER = Path(__file__).parent / "layouts"
LAYOUTS = {one.LAYOUT.stage: one.LAYOUT for one in (ingest, aggregate, alerts)}


def dumped(world: str) -> dict[str, Any]:
    return read(FOLDER / f"{world}.msgpack.gz")


def spoken(reported: dict[str, Any]) -> dict[str, Any]:
    """Leave out the watermarks of topics of which nothing came: an older release has fewer."""
    watermarks = {
        place: {name: at for name, at in found.items() if at}
        for place, found in reported["watermarks"].items()
    }
    return reported | {"watermarks": watermarks}


@pytest.mark.parametrize("world", WORLDS)
def test_counts_and_alerts_go_on_as_they_did(world: str) -> None:
    state, rate = dumped(world), WORLDS[world]
    cluster = load(state, settings_of(rate=rate))
    found = go_on(cluster, state["now"], rate=rate)
    assert spoken(found) == spoken(state["expected"])


@pytest.mark.parametrize("world", WORLDS)
def test_every_row_is_written_as_it_was_byte_for_byte(world: str) -> None:
    for place in dumped(world)["places"]:
        layout: Layout = LAYOUTS[place["place"][0]]
        for (key, value), row in zip(place["rows"], layout.read(dict(place["rows"])), strict=True):
            assert row.kind.key(*row.fields) == key
            written = row.kind.encode(row.value)
            if row.kind in GROWN:
                assert row.kind.decode(written) == row.value
            else:
                assert written == value


@pytest.mark.parametrize("world", WORLDS)
def test_nobody_handles_an_alert_of_a_state_without_handling(world: str) -> None:
    """It is a kind of row of version 6, which an alert has once somebody has acknowledged it."""
    (place,) = [place for place in dumped(world)["places"] if place["place"][0] == "incidents"]
    stage = AlertsStage(3, 3, settings_of(rate=WORLDS[world]))
    stage.restore(dict(place["rows"]))
    kinds = {row.kind for row in alerts.LAYOUT.read(dict(place["rows"]))}
    assert alerts.ALERT in kinds
    assert alerts.HANDLING not in kinds
    assert stage.flush(1, 0.0).sends == []


def test_the_dumps_have_every_kind_that_is_still_written() -> None:
    found = Counter(
        (layout.stage, row.kind)
        for world in WORLDS
        for place in dumped(world)["places"]
        for layout in [LAYOUTS[place["place"][0]]]
        for row in layout.read(dict(place["rows"]))
    )
    missing = {
        (layout.stage, kind)
        for layout in LAYOUTS.values()
        for kind in layout.kinds
        if kind.until is None
        and kind.since <= VERSIONS[layout.stage]
        and not found[layout.stage, kind]
    }
    assert {(stage, str(kind)) for stage, kind in missing} == set()


def test_the_dumps_have_alerts_of_every_sort() -> None:
    found = [
        alert
        for world in WORLDS
        for place in dumped(world)["places"]
        if place["place"][0] == "incidents"
        for kind, _, alert in alerts.LAYOUT.read(dict(place["rows"]))
        if kind is alerts.ALERT
    ]
    assert {alert.state for alert in found} == {"firing", "resolved"}
    assert {alert.findings.verdict for alert in found} == {"real", "artefact"}
    assert len(PLACES) == len(dumped("plain")["places"])
