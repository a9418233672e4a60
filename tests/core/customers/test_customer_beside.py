"""Complaints beside lives: what is taken is what was added, whatever went in between."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from streams.core.customers.complaints.complaints import NEWEST
from streams.core.customers.intake import beside
from streams.core.customers.intake.beside import Beside
from streams.core.customers.stored.bare import ROW, write_row
from streams.core.customers.stored.head import SAID


def row(number: int) -> bytes:
    return write_row(649, number, 0, bytes(6), *[0] * 7)


def parted(columns: Beside, places: np.ndarray) -> dict[int, bytes]:
    """Give the rows at some places by life."""
    lives, counts, rows = columns.parted(places)
    ends = [int(end) for end in counts.cumsum()]
    cuts = zip(lives.tolist(), [0, *ends], ends, strict=False)
    return {life: rows[begin:end].tobytes() for life, begin, end in cuts}


@pytest.mark.parametrize("seed", range(12))
def test_each_life_has_the_rows_that_were_added_to_it_as_they_came(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "FEW", seed % 3 * 10)
    draw, columns = Random(seed), Beside()
    rows: dict[int, bytes] = {}
    fresh: dict[int, bytes] = {}
    number = surplus = pushed = 0
    kept: dict[int, int] = {}
    for _ in range(300):
        what = draw.random()
        if what < 0.2 or not rows:
            firsts = draw.choices((1, 63, 70), k=draw.randrange(1, 4))
            names = b"".join(number.to_bytes(8) for _ in firsts)
            began_now = columns.begin(names, np.array([(649, 0, one) for one in firsts]).T)
            assert rows.keys().isdisjoint(began_now)
            for life, first in zip(began_now.tolist(), firsts, strict=True):
                rows[life], fresh[life], kept[life] = b"", b"", first
        elif what < 0.3:
            life = draw.choice(list(rows))
            assert columns.take(life) == rows.pop(life)
            del fresh[life]
        elif what < 0.4:
            assert parted(columns, columns.unwritten()) == {a: b for a, b in fresh.items() if b}
            columns.close()
            fresh = dict.fromkeys(rows, b"")
        else:
            lives = draw.choices(list(rows), k=draw.randrange(1, 20))
            made = [row(number + at) for at in range(len(lives))]
            number += len(lives)
            began = {life for life in lives if not fresh[life]}
            for life, one in zip(lives, made, strict=True):
                rows[life] += one
                fresh[life] += one
                pushed += kept[life] >= NEWEST
                kept[life] += kept[life] < NEWEST
            added = columns.add(np.array(lives), np.frombuffer(b"".join(made), ROW))
            surplus += added.surplus
            assert added.lives.tolist() == sorted(set(lives))
            assert added.counts.tolist() == [len(rows[life]) // SAID for life in sorted(set(lives))]
            assert added.began == len(began)
    assert surplus == pushed > 0
    some = draw.sample(list(rows), min(3, len(rows)))
    wanted = {life: rows[life] for life in some if rows[life]}
    assert parted(columns, columns.places(np.array(some, np.int64))) == wanted


def test_rows_that_are_nobodys_go() -> None:
    columns = Beside()
    for _ in range(20):
        life = int(columns.begin(bytes(8), np.array([[649], [0], [1]]))[0])
        columns.add(np.full(1_000, life), np.frombuffer(row(1) * 1_000, ROW))
        columns.close()
        columns.take(life)
    columns.close()
    assert columns._rows.size < 5_000  # noqa: SLF001 (memory is not seen from outside)
