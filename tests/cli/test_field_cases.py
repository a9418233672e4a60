"""What people bring as files: each small input gives what its case says, or an error in words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]

FIELD = Path(__file__).parents[3] / "shared" / "field"
CASES: dict[str, dict[str, Any]] = (
    tomllib.loads((FIELD / "cases.toml").read_text()) if (FIELD / "cases.toml").is_file() else {}
)
OUTCOMES = ("folded", "refused", "late", "duplicate", "left out")

pytestmark = pytest.mark.skipif(
    not CASES, reason="needs ../shared/field, small inputs that are not in the project"
)


def counts(text: str) -> dict[str, int]:
    """Read the line that adds the rows up."""
    line = next(line for line in text.splitlines() if line.startswith("rows in "))
    found = re.findall(r"(rows in|folded|refused|late|duplicate|left out) ([\d,]+)", line)
    return {name: int(number.replace(",", "")) for name, number in found}


@pytest.mark.parametrize("name", CASES)
def test_a_file_gives_what_its_case_says(run: Run, name: str, tmp_path: Path) -> None:
    case = CASES[name]
    buckets = tmp_path / "buckets.jsonl"
    result = run("replay", FIELD / case["file"], *case["args"], "--buckets", buckets)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    told = " ".join((result.stdout + " " + result.stderr).split())
    assert case.get("says", "") in told
    if result.exit_code:
        assert case.get("or_error")
        assert "error:" in told
        return
    found = counts(result.stdout)
    assert found["rows in"] == sum(found[outcome] for outcome in OUTCOMES)
    for outcome in ("folded", "refused"):
        assert case.get(outcome, found[outcome]) == found[outcome]
    if "span_days" in case:
        assert f"in {case['span_days'] / 7:.1f} weeks" in told
    if "time" in case:
        assert f'"start":"{case["time"][:10]}T00:00:00Z"' in buckets.read_text()
