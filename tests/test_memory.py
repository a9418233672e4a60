"""Memory that was freed goes back to the system: shown in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HOLES = """
from pathlib import Path
from streams.worker import memory

def resident():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) >> 10

assert memory.keep_little()
pieces = [bytearray(b"x" * (32 << 10)) for _ in range(4000)]
del pieces[:-1]  # the last one holds the end of the heap
before = resident()
memory.give_back()
print(before - resident())
"""
"""Frees 125 MiB in pieces that are too small to be got one by one from the system."""

LARGE = """
from pathlib import Path
from streams.worker import memory

def resident():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) >> 10

assert memory.keep_little()
for _ in range(3):
    pieces = [bytearray(b"x" * (8 << 20)) for _ in range(13)]
    before = resident()
    del pieces[:-1]
    print(before - resident())
    del pieces
"""
"""Frees 96 MiB in pieces that are large."""

COLUMNS = """
import resource
from streams.worker import memory

assert memory.keep_little()
bytearray(b"x" * (1 << 20))
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    bytearray(b"x" * (1 << 20))
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
"""Fills 100 MiB (25,600 pages), a piece after the other."""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")


def said(program: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return [int(line) for line in done.stdout.split()]


def test_holes_between_what_is_held_are_given_back() -> None:
    (mib,) = said(HOLES)
    assert mib > 110


def test_large_pieces_go_back_as_they_are_freed_however_often() -> None:
    assert min(said(LARGE)) > 90


def test_pieces_as_large_as_columns_are_filled_where_the_last_one_lay() -> None:
    (pages,) = said(COLUMNS)
    assert pages < 2_560
