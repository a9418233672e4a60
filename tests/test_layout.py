"""How the project is laid out: short files, and docs that name what is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("streams", "schemas", "tests", "benchmarks", "deploy", "examples", "findings")
LINES = 350
PLACE = re.compile(rf"`((?:{'|'.join(FOLDERS)})(?:/[\w.-]+)+)/?`")
"""A file or folder of ours, as the docs name it."""


def too_long(paths: list[Path]) -> dict[str, int]:
    counts = {str(path): len(path.read_text().splitlines()) for path in paths}
    return {name: count for name, count in counts.items() if count > LINES}


def missing(text: str) -> list[str]:
    return [place for place in PLACE.findall(text) if not (ROOT / place).exists()]


def test_no_file_has_more_than_350_lines(tmp_path: Path) -> None:
    ours = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(ours) > 100
    assert too_long(ours) == {}
    longer = tmp_path / "longer.py"
    longer.write_text("x = 1\n" * 351)
    assert too_long([longer]) == {str(longer): 351}


def test_what_the_docs_name_is_there() -> None:
    docs = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "findings").glob("*.md"),
        *(ROOT / "examples").glob("*.md"),
    ]
    docs.remove(ROOT / "CHANGELOG.md")  # it names what there was
    named = {str(path.relative_to(ROOT)): missing(path.read_text()) for path in docs}
    assert {name: places for name, places in named.items() if places} == {}
    assert missing("`streams/core/nowhere.py`, `streams/core`") == ["streams/core/nowhere.py"]


def test_the_files_that_tests_begin_with_are_there() -> None:
    longest = re.findall(
        r'^    "(test_\w+\.py)",$', (ROOT / "tests/conftest.py").read_text(), re.MULTILINE
    )
    names = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(longest) > 10
    assert set(longest) <= names


def test_nothing_is_kept_that_is_to_be_ignored() -> None:
    git = ["git", "-C", str(ROOT), "ls-files", "--cached", "--ignored", "--exclude-standard"]
    assert subprocess.run(git, check=True, capture_output=True).stdout == b""
