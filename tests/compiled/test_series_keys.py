"""Series are named alike, compiled and in Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.series_key import _series_keys, parse_series, series_keys

ODD = ['"', "\\", "\x00", "\x1f", " ", "~", "\x7f", "\x80", "é", "𝄞", "\u2028", "", "other", "a\nb"]
TEXTS = st.sampled_from(ODD) | st.text(
    max_size=9, alphabet=st.characters(exclude_categories=["Cs"])
)
LABELS = st.lists(TEXTS, unique=True, max_size=4).map(tuple)


@given(TEXTS, LABELS, st.data())
def test_names_are_those_of_the_twin(
    metric: str, labels: tuple[str, ...], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.tuples(*[TEXTS] * len(labels)), max_size=5))
    assert series_keys(metric, labels, rows) == _series_keys(metric, labels, rows)


def test_a_name_says_which_series_it_is() -> None:
    names = series_keys("complaints", ("region", "product"), [("CA", "Loan"), ("NY", 'a "b"')])
    assert names[0] == '["complaints",{"product":"Loan","region":"CA"}]'
    assert parse_series(names[1]) == ("complaints", {"region": "NY", "product": 'a "b"'})


@pytest.mark.parametrize("function", [series_keys, _series_keys])
def test_a_row_has_a_value_for_each_label(function: type) -> None:
    with pytest.raises(ValueError, match=r"longer|a value"):
        function("complaints", ("region",), [("CA", "Loan")])
