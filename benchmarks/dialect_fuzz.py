"""Delimited files in all dialects, read by Groundswell and by an independent reader.

    PYTHONPATH=.:tests/load python benchmarks/dialect_fuzz.py --files 2000

Prints how many files and rows were compared, and every file of which a row is unaccounted for.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dialects import independent, make

from schemas import wire
from streams.load.dialect import Dialect
from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.model import Options

if TYPE_CHECKING:
    from collections.abc import Iterable


def compare(seeds: Iterable[int], folder: Path) -> list[str]:
    """Read the files of these seeds both ways; say where the readers do not agree."""
    return [problem for seed in seeds for problem in _one(seed, folder)]


def _one(seed: int, folder: Path) -> list[str]:
    made = make(seed)
    text = made.content.decode("utf-16" if made.content[:2] in UTF16 else made.encoding)
    found = independent(text.removeprefix("\ufeff"), made.delimiter)
    at = next(n for n, row in enumerate(found) if row[0] == "when")
    width = len(found[at])
    rows = [row for row in found[at + 1 :] if any(row) or len(row) > 1]
    expected = []
    for row in rows:
        extra = any(cell.strip() for cell in row[width:])
        cells = [*row, "", ""]
        expected.append(None if extra else (cells[1].strip(), cells[2].strip()[:10_000]))
    file = folder / f"{seed}.csv"
    file.write_bytes(made.content)
    dialect = Dialect(
        delimiter=made.delimiter if width == 1 else None,
        encoding=made.encoding,
        skip_lines=made.skip_lines,
    )
    try:
        loading = Loading(
            file, "complaints", Options(mapping={"occurred_at": "when"}, dialect=dialect)
        )
        events = [event for batch in loading.batches() for event in batch]
    except LoadError as error:
        if rows and all(row is None for row in expected):
            return []
        return [f"{seed}: {error}"]
    read = sorted(map(_said, (event.value for event in events)), key=str)
    if read != sorted(expected, key=str):
        odd = [
            pair
            for pair in zip(read, sorted(expected, key=str), strict=False)
            if pair[0] != pair[1]
        ]
        return [f"{seed}: {len(events)} rows, not {len(expected)}; {odd[:1]}"]
    return []


STRAY = 0.15
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _said(value: bytes) -> tuple[str, str] | None:
    """Give the product and the text of an event, or None for a row that is none."""
    try:
        wire.decoders["complaints"](value)
    except wire.REFUSED:
        return None
    fields = json.loads(value)
    return fields.get("product", ""), fields.get("text", "")


def stray(seeds: Iterable[int], folder: Path) -> list[str]:
    """Put quotes that are never closed into plain files; say where a row is lost or refused."""
    problems = []
    for seed in seeds:
        rng = random.Random(seed)  # noqa: S311 (no secret)
        delimiter = rng.choice(",;\t|")
        count = rng.randint(5, 60)
        lines = [delimiter.join(("when", "product", "text"))]
        for number in range(count):
            text = rng.choice(("ok", "", "STATES THE CAR", "5 inch"))
            if rng.random() < STRAY:
                text = rng.choice((f'"{text}', f'"{text}" and more', f'{text}"', f'"{text}""'))
            time = f"2024-03-{1 + number % 28:02} 09:{number:02}:00"
            lines.append(delimiter.join((time, rng.choice(("a", "b")), text)))
        file = folder / f"stray{seed}.csv"
        file.write_text("\n".join(lines) + "\n")
        loading = Loading(file, "complaints", Options(mapping={"occurred_at": "when"}))
        events = sum(len(batch) for batch in loading.batches())
        if (events, loading.report.refused.total()) != (count, 0):
            refused = loading.report.refused.total()
            problems.append(f"stray {seed}: {events} of {count} rows, {refused} of them refused")
    return problems


def main() -> None:
    """Compare as many files as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    arguments = parser.parse_args()
    seeds = range(arguments.files)
    with TemporaryDirectory() as folder:
        problems = compare(seeds, Path(folder)) + stray(seeds, Path(folder))
    rows = sum(len(made.rows) for made in map(make, seeds))
    print(f"{arguments.files:,} files, {rows:,} rows; as many with stray quotes")
    for problem in problems:
        print(problem)
    print(f"{len(problems):,} files disagree")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
