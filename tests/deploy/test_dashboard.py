from __future__ import annotations

import json
from itertools import combinations
from typing import Any

from deploy.grafana.generate import FILE, encoded

BOARD: dict[str, Any] = json.loads(FILE.read_text())
PANELS: list[dict[str, Any]] = BOARD["panels"]


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text() == encoded(), "run make dashboards"


def test_every_panel_has_an_id_of_its_own() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_the_panels_stay_in_the_grid_and_apart() -> None:
    for panel in PANELS:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_every_panel_says_what_it_shows_and_asks_the_chosen_prometheus() -> None:
    for panel in PANELS:
        if panel["type"] != "row":
            assert panel["description"].endswith("."), panel["title"]
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
