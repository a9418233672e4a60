"""Complaints are written alike, compiled and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from customer_events import event, when
from hypothesis import given
from hypothesis import strategies as st

from streams.core.customers.calendar import FAR, months_of
from streams.core.customers.complaints.complaints import LABELS, PRODUCT
from streams.core.customers.intake import complaint_rows
from streams.core.customers.intake.complaint_rows import _known_rows
from streams.core.customers.names import CAP, Names
from streams.core.customers.stored.bare import note_of

if TYPE_CHECKING:
    from types import ModuleType

NUMBERS: dict[str | None, int] = {None: 0, "unknown": 0, "other": 1, "": 2, "Größe": 256, "z": CAP}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
KNOWN = st.sampled_from(sorted(NUMBERS, key=str))
ONE = st.tuples(
    TEXTS,
    st.integers(0, 1_680) | st.just(0xFFFF),
    st.integers(0, FAR),
    st.tuples(*[KNOWN] * len(LABELS)),
)
BRAND = LABELS.index("brand")
BEGIN = when("2024-01-31T23:00:00")


@pytest.fixture(scope="module")
def module() -> ModuleType:
    found: ModuleType = pytest.importorskip(
        "streams.compiled.complaint_rows", reason="nothing is compiled"
    )
    return found


def arguments(some: list[Any], numbers: dict[str | None, int] = NUMBERS) -> tuple[Any, ...]:
    """Return what both take of complaints, one at least."""
    ids, months, times, labels = map(list, zip(*some, strict=True))
    named = [list(column) for column in zip(*labels, strict=True)]
    return ids, np.array(months, np.int64), np.array(times, np.int64), named, numbers


@given(some=st.lists(ONE, min_size=1, max_size=9))
def test_rows_of_known_names_are_those_of_the_twin(module: ModuleType, some: list[Any]) -> None:
    found = module.known_rows(*arguments(some))
    assert type(found) is bytes
    assert found == _known_rows(*arguments(some))


@pytest.mark.parametrize("label", range(len(LABELS)))
def test_there_are_no_rows_where_a_name_has_no_number(module: ModuleType, label: int) -> None:
    asked = arguments([("a", 1, 2, ("",) * 7), ("b", 3, 4, (None,) * 7)])
    for known_rows in (module.known_rows, _known_rows):
        assert known_rows(*asked) is not None
    asked[3][label][1] = "new"
    for known_rows in (module.known_rows, _known_rows):
        assert known_rows(*asked) is None


def test_what_cannot_be_written_is_an_error(module: ModuleType) -> None:
    none, last = (None,) * 7, (*(None,) * 6, "z")
    for known_rows in (module.known_rows, _known_rows):
        with pytest.raises(UnicodeEncodeError):
            known_rows(*arguments([("\ud800", 1, 2, none)]))
        with pytest.raises(OverflowError):
            known_rows(*arguments([("a", 1, 2, last)], {None: 0, "z": 1 << 16}))


def test_columns_are_of_one_length(module: ModuleType) -> None:
    none = (None,) * 7
    ids, months, times, labels, _ = arguments([("a", 1, 2, none), ("b", 1, 2, none)])
    short = [*labels[:-1], labels[-1][:1]]
    for uneven in (
        (ids[:1], months, times, labels),
        (ids, months[:1], times, labels),
        (ids, months, times[:1], labels),
        (ids, months, times, short),
    ):
        with pytest.raises(ValueError, match="one length"):
            module.known_rows(*uneven, NUMBERS)


@pytest.mark.parametrize("aliases", [{}, {"product": {"p1": "p0"}}])
def test_batches_are_read_as_in_python(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, aliases: dict[str, dict[str, str]]
) -> None:
    """Of three the first and second have new names, and the others two months.

    What a product is not called is the name of a brand.
    """
    batches = [
        [
            event("complaints", BEGIN + 2_400 * at, product=f"p{at % 2}", brand="p1")
            for at in range(count)
        ]
        for count in (1, 4, 4)
    ]
    read = []
    for known_rows in (module.known_rows, _known_rows):
        monkeypatch.setattr(complaint_rows, "known_rows", known_rows)
        names = Names(aliases)
        found = [complaint_rows.complaint_rows(one, names, months_of("UTC")) for one in batches]
        read.append((names.names, [(one.months.tolist(), one.rows.tolist()) for one in found]))
    assert read[0] == read[1]
    numbered, (_, _, (months, rows)) = read[0]
    assert months == [649, 649, 650, 650]
    said = [[numbered[note_of(row).labels[place]] for place in (PRODUCT, BRAND)] for row in rows]
    second = "p0" if aliases else "p1"
    assert said == [["p0", "p1"], [second, "p1"]] * 2
