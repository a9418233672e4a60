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
    pieces = [bytearray(b"x" * (1 << 20)) for _ in range(100)]
    before = resident()
    del pieces[:-1]
    print(before - resident())
    del pieces
"""
"""Frees 99 MiB in pieces that are large."""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")


def freed(program: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return [int(line) for line in done.stdout.split()]


def test_holes_between_what_is_held_are_given_back() -> None:
    (mib,) = freed(HOLES)
    assert mib > 110


def test_large_pieces_go_back_as_they_are_freed_however_often() -> None:
    assert min(freed(LARGE)) > 90
