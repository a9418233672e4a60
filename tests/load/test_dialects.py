"""A hundred files in all dialects, held against an independent reader: no row is lost."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "dialect_fuzz.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    sys.path.insert(0, str(Path(__file__).parent))
    spec = importlib.util.spec_from_file_location("dialect_fuzz", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_hundred_files_are_read_as_an_independent_reader_reads_them(
    bench: ModuleType, tmp_path: Path
) -> None:
    assert bench.compare(range(100), tmp_path) == []


def test_a_hundred_files_with_a_stray_quote_lose_no_row(bench: ModuleType, tmp_path: Path) -> None:
    assert bench.stray(range(100), tmp_path) == []
