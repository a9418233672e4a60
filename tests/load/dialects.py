"""Delimited files in every dialect, with what an independent reader must find in them.

A file is made of rows that are known, by a writer that is not Python's, and read back by a state
machine that is not Python's either: where they agree, what Groundswell reads is held against them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|")
LINE_ENDS: Final = ("\n", "\r\n", "\r")
ENCODINGS: Final = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
WORDS: Final = ("loan", "Caf\u00e9", "late again", "x", "O'Neil", "5", "Gr\u00f6\u00dfe", "a b c")
QUOTED: Final = ("all", "needed", "some")


@dataclass(frozen=True)
class Made:
    """A file: its bytes, how it is read, and its rows, each with its time and the other cells.

    `ragged` rows have more filled cells than there are columns, and are no events.
    """

    content: bytes
    delimiter: str
    encoding: str
    skip_lines: int
    rows: list[list[str]]
    ragged: int


def make(seed: int) -> Made:
    """Make the file of a seed: columns `when`, `product`, `text` and some others."""
    rng = random.Random(seed)
    delimiter, end = rng.choice(DELIMITERS), rng.choice(LINE_ENDS)
    encoding, quoted = rng.choice(ENCODINGS), rng.choice(QUOTED)
    others = rng.randint(0, 4)
    header = ["when", "product", "text", *(f"other{n}" for n in range(others))]
    rows, ragged, lines = [], 0, []
    if rng.random() < 0.2:
        lines.append(f"sep={delimiter}")
    skip = 0
    if rng.random() < 0.15 and not lines:
        skip = rng.randint(1, 3)
        lines += ["Report of complaints"] * skip
    lines.append(_line(rng, header, delimiter, quoted))
    for number in range(rng.randint(1, 40)):
        cells = [_time(rng, number), rng.choice(WORDS), _text(rng, delimiter, end)]
        cells += [rng.choice((*WORDS, "")) for _ in range(others)]
        shape = rng.random()
        if shape < 0.05:
            cells = cells[: rng.randint(1, len(cells))]
        elif shape < 0.1:
            cells += [""] * rng.randint(1, 3)
        elif shape < 0.15:
            cells += ["one too many"]
            ragged += 1
        rows.append(cells)
        lines.append(_line(rng, cells, delimiter, quoted))
        if rng.random() < 0.05:
            lines.append("")
    text = end.join(lines) + (end if rng.random() < 0.8 else "")
    content = text.encode(encoding, "replace")
    said = "utf-8" if encoding in {"utf-8", "utf-8-sig", "utf-16"} else encoding
    return Made(content, delimiter, said, skip, rows, ragged)


def _time(rng: random.Random, number: int) -> str:
    day = f"2024-03-{1 + number % 28:02}"
    return rng.choice(
        (day, f"{day} {rng.randint(0, 23)}:{rng.randint(0, 59):02}", f"{day}T09:30:00Z")
    )


def _text(rng: random.Random, delimiter: str, end: str) -> str:
    pieces = (*WORDS, delimiter, '"', '""', end, "\n", " ", "...", "he said")
    return "".join(rng.choice(pieces) for _ in range(rng.randint(0, 6)))


def _line(rng: random.Random, cells: list[str], delimiter: str, quoted: str) -> str:
    return delimiter.join(_cell(rng, cell, delimiter, quoted) for cell in cells)


def _cell(rng: random.Random, cell: str, delimiter: str, quoted: str) -> str:
    needs = any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
    if needs or quoted == "all" or (quoted == "some" and rng.random() < 0.5):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def independent(text: str, delimiter: str) -> list[list[str]]:
    """Read delimited text as RFC 4180 has it, character by character; blank lines are no rows."""
    rows: list[list[str]] = []
    cells: list[str] = []
    cell: list[str] = []
    inside = was_quoted = False
    place = 0
    while place < len(text):
        sign = text[place]
        if inside:
            if sign != '"':
                cell.append(sign)
            elif text[place + 1 : place + 2] == '"':
                cell.append('"')
                place += 1
            else:
                inside = False
        elif sign == '"' and not cell:
            inside = was_quoted = True
        elif sign == delimiter:
            cells.append("".join(cell))
            cell, was_quoted = [], False
        elif sign in "\r\n":
            if sign == "\r" and text[place + 1 : place + 2] == "\n":
                place += 1
            if cells or cell or was_quoted:
                rows.append([*cells, "".join(cell)])
            cells, cell, was_quoted = [], [], False
        else:
            cell.append(sign)
        place += 1
    if cells or cell or was_quoted:
        rows.append([*cells, "".join(cell)])
    return rows
