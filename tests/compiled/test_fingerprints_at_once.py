"""Fingerprints of many texts at once are those of each, compiled and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import compiled
from streams.core.sketches.fingerprints import MAX_WORDS, MOST_LETTERS, _fingerprints, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    AtOnce = Callable[[Sequence[str | None]], NDArray[np.uint32]]

WORDS = st.sampled_from(
    ["we", "Were", "charged", "12.50", "", "é", "don't", "\x00", "\xff", "日本", "x7", "\ud800"]
)
BETWEEN = st.sampled_from([" ", "  ", ", ", "\n", "-", "\t!", "7 ", " 7"])
TEXT = st.lists(st.tuples(WORDS, BETWEEN), max_size=90).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
PLAIN = "the same words as in every other complaint of this list"


@pytest.fixture(params=["compiled", "Python"], scope="module")
def at_once(request: pytest.FixtureRequest) -> AtOnce:
    if request.param == "Python":
        return _fingerprints
    found = compiled.instead_of(_fingerprints, "fingerprints")
    if found is _fingerprints:
        pytest.skip("nothing is compiled")
    return found


def alone(texts: Sequence[str | None]) -> list[list[int]]:
    return [list(fingerprint(one)) if one else [0, 0] for one in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXT, st.text(max_size=2 * MOST_LETTERS)), max_size=20))
def test_texts_side_by_side_have_the_prints_they_have_alone(
    at_once: AtOnce, texts: list[str | None]
) -> None:
    assert at_once(texts).tolist() == alone(texts)


def test_letters_of_any_bytes_are_words(at_once: AtOnce) -> None:
    letters = [chr(code) for code in [*range(0x180), 0x800, 0xFFFF, 0x10FFFF]]
    texts = [f"{one}a b{one} c{one}c {one} d {one}{one} e f g" for one in letters]
    assert at_once(texts).tolist() == alone(texts)


@pytest.mark.parametrize("letter", ["x", "é", "日", "\U0001f600"])
def test_words_are_looked_at_to_their_last_letter_however_long_they_are(
    at_once: AtOnce, letter: str
) -> None:
    texts = [
        f"one {letter * size} of {letter * (size + 1)}, or not {letter * 9}?" for size in range(170)
    ]
    texts += [letter * MOST_LETTERS, f"a b c d e {letter * MOST_LETTERS} not this"]
    found = at_once(texts)
    assert found.tolist() == alone(texts)
    assert len(set(found[:, 0].tolist()) | set(found[:, 1].tolist())) > 170


def test_words_behind_the_last_that_counts_are_not_looked_at(at_once: AtOnce) -> None:
    texts = [" ".join(map("w{:x}q".format, range(many))) for many in range(MAX_WORDS + 3)]
    found = at_once(texts)
    assert found.tolist() == alone(texts)
    assert np.unique(found[MAX_WORDS:], axis=0).shape == (1, 2)


def test_texts_without_a_word_have_none(at_once: AtOnce) -> None:
    assert not at_once(["", None, "12 34", "..."]).any()
    assert at_once([]).shape == (0, 2)
    assert at_once([]).dtype == np.uint32
    assert np.unique(at_once([PLAIN] * 16), axis=0).shape == (1, 2)
    assert at_once((PLAIN,)).any()


def test_what_is_no_text_is_refused(at_once: AtOnce) -> None:
    with pytest.raises((TypeError, AttributeError)):
        at_once([7])  # type: ignore[list-item]
