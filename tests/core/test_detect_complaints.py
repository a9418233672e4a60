"""Published complaints: the dated incidents in them are found, and little else.

Each test reads no more months than the detectors need to know what is usual; what they make of all
five years is measured (`benchmarks/cfpb_alarms.py`).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

pytest.importorskip("pyarrow", reason="the complaints are a parquet file")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("alarms", BENCHMARKS / "cfpb_alarms.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    if not module.cfpb.FILE.is_file():
        pytest.skip("needs ../shared/data/cfpb, published complaints that are not in the project")
    return module


def fired(bench: ModuleType, first: str, last: str) -> list[dict[str, Any]]:
    """Give each alert that nothing else explains, as it was when it first fired."""
    found: dict[str, dict[str, Any]] = {}
    for alert in bench.transitions(bench.cfpb.load(first=first, last=last)):
        if alert["state"] == "firing":
            found.setdefault(alert["alert_id"], alert)
    return [alert for alert in found.values() if alert["explained_by"] is None]


def test_from_a_cold_start_navient_fires_on_the_first_day(bench: ModuleType) -> None:
    causes = fired(bench, "2016-10-01", "2017-01-31")
    navient = [a for a in causes if a["labels"] == {"company": "Navient Solutions, LLC."}]
    assert ["2017-01-18T12" < alert["at"] <= "2017-01-19T00:00:00Z" for alert in navient] == [True]
    assert [alert["started_at"][:10] for alert in navient] == ["2017-01-18"]
    product = [a for a in causes if a["labels"].get("product") == "Student loan"]
    assert product == []
    assert len(causes) <= 17  # four months at a budget of one a week, real ones among them


def test_prepaid_cards_fire_on_the_day_the_complaints_come_in(bench: ModuleType) -> None:
    causes = fired(bench, "2015-05-01", "2015-11-05")
    prepaid = [a for a in causes if a["labels"] == {"product": "Prepaid card"}]
    assert [alert["at"][:10] for alert in prepaid] == ["2015-11-02"]
    assert len(causes) <= 27  # of six months


def test_wells_fargo_is_told_within_the_week(bench: ModuleType) -> None:
    causes = fired(bench, "2016-05-01", "2016-09-20")
    company = {"company": "WELLS FARGO BANK, NATIONAL ASSOCIATION"}
    wells = [alert for alert in causes if alert["labels"] == company]
    assert wells[-1]["started_at"][:10] >= "2016-09-07"
    # With all of the history before it: on the 12th. Five months tell less of how it scatters.
    assert wells[-1]["at"][:10] <= "2016-09-17"
