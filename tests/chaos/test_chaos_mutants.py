"""The mutations of `make chaos-mutations`: each still has its place in the product."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from mutants import MUTATIONS, Edit, Mutation
from mutations import ROOT, judged

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_finds_its_text_once_and_what_it_makes_is_python(
    mutation: Mutation, tmp_path: Path
) -> None:
    paths = {edit.path for edit in mutation.edits}
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    for edit in mutation.edits:
        edit.apply(tmp_path)
    for path in paths:
        compile((tmp_path / path).read_text(), path, "exec")


@pytest.mark.parametrize(("text", "count"), [("a = 1\n", 0), ("b\nb\n", 2)])
def test_where_the_code_has_moved_on_a_mutation_fails(
    tmp_path: Path, text: str, count: int
) -> None:
    (tmp_path / "code.py").write_text(text)
    with pytest.raises(ValueError, match=f"code.py: {count} times instead of once: 'b"):
        Edit("code.py", "b\n", "c\n").apply(tmp_path)
    assert (tmp_path / "code.py").read_text() == text


UNCLEAR = "UNCLEAR, the run did not come to its end"
LATE = "metrics.buckets x: expected {'status': 'final'}, found {'status': 'provisional'}"
TWICE = "deadletter signups:0:592: published 2 times"
WINDOW = "metrics.rolling x: expected (490, {}, 300), found (445, {}, 285)"
WRONG = "metrics.buckets x: expected {'count': 2}, found {'count': 3}"


@pytest.mark.parametrize(
    ("guard", "differences", "problems", "verdict"),
    [
        ("", [WRONG], [], (True, "found")),
        ("", [LATE, TWICE], [], (True, "found")),
        ("", [], ["worker 1 ended by itself, status 1: failed"], (True, "found")),
        ("", [], [], (False, "SURVIVES")),
        (
            "",
            [LATE],
            ["worker 1 took 12.0 s to stop"],
            (False, UNCLEAR),
        ),
        ("another", [LATE, WINDOW], [], (False, UNCLEAR)),
        ("another", [], [], (True, "harmless")),
        ("another", [WRONG], [], (False, "FOUND, though a guard must hold")),
    ],
)
def test_what_is_only_late_proves_nothing(
    guard: str, differences: list[str], problems: list[str], verdict: tuple[bool, str]
) -> None:
    report = {"differences": differences, "problems": problems}
    assert judged(Mutation("x", "x", (), guard), report) == verdict
