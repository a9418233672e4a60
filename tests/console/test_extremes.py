"""The pages where there is nothing as yet, and where there is far more than fits."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from console_bed import recorded, served

from schemas.topics import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from console_bed import Bed

OPEN = next(
    found
    for found in (json.loads(value) for _, value in recorded()[INCIDENTS])
    if found["state"] == "open"
)
STORM = 300
WHOLE = 12
"""So many are shown whole."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with served(tmp_path_factory.mktemp("empty"), (), empty=True) as found:
        yield found


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """Serve a console with hundreds of open incidents, the largest last."""
    rows = []
    for number in range(STORM):
        name = f"{number:016x}"
        row = OPEN | {"incident_id": name, "excess": 1_000.0 + number, "labels": {"region": name}}
        rows.append((name.encode(), json.dumps(row).encode()))
    with served(tmp_path_factory.mktemp("storm"), ()) as found:
        found.put(INCIDENTS, rows)
        yield found


def test_where_nothing_has_come_nobody_says_that_all_is_well(empty: Bed) -> None:
    with empty.client() as client:
        page = client.get("/").text
        assert "Nothing is published yet" in page
        assert "Nothing rises" not in page


@pytest.mark.parametrize(
    "path", ["/", "/incidents", "/periods", "/explorer", "/customers", "/review", "/frontline"]
)
def test_every_page_is_there_before_anything_is(empty: Bed, path: str) -> None:
    with empty.client() as client:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/?wall=1"])
def test_in_a_storm_now_shows_the_largest_and_counts_the_others(storm: Bed, path: str) -> None:
    with storm.client() as client:
        page = client.get(path).text
    largest = [f"i-{number:016x}" for number in reversed(range(STORM - WHOLE, STORM))]
    assert re.findall(r'id="(i-[0-9a-f]{16})"', page) == largest
    assert "301 incidents open" in page
    assert "And 289 more" in page


def test_in_a_storm_the_front_line_sees_the_largest_and_what_fits(storm: Bed) -> None:
    with storm.client() as client:
        page = client.get("/frontline").text
        assert page.count('<a href="/incidents/') == WHOLE
        assert "And 289 more" in page
        smallest = f"{0:016x}"
        beside = client.get("/frontline/beside", params={"region": smallest}).text
        assert re.findall("/incidents/([0-9a-f]{16})", beside)[0] == smallest
        assert "this is known" in beside


def test_all_that_are_open_stand_on_their_own_page(storm: Bed) -> None:
    with storm.client() as client:
        assert client.get("/incidents").text.count('<th scope="row">') == STORM + 1


def test_the_incidents_that_are_over_are_read_to_their_end(tmp_path: Path) -> None:
    names = [f"{number:016x}" for number in range(250)]
    rows = []
    for day, name in enumerate(names):
        opened = f"{datetime(2016, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}"
        over = {"state": "resolved", "opened_at": opened, "resolved_at": "2017-03-01T00:00:00Z"}
        row = OPEN | over | {"incident_id": name, "merged_into": None}
        rows.append((name.encode(), json.dumps(row).encode()))
    found: list[str] = []
    with served(tmp_path, (), empty=True) as bed, bed.client() as client:
        bed.put(INCIDENTS, rows)
        path = "/incidents?state=over"
        for _ in range(3):
            page = client.get(path).text
            found += re.findall('<a href="/incidents/([0-9a-f]{16})">', page)
            further = re.search('href="([^"]*cursor=[^"]*)">those before', page)
            path = "" if further is None else html.unescape(further[1])
        assert path == ""
        assert client.get("/incidents?state=over&cursor=AAAA").status_code == 422
    assert sorted(found) == names
