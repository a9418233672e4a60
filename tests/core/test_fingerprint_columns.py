"""Fingerprints of many texts at once are those of each."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.sketches.fingerprint_columns import FEW, LONGEST, fingerprints
from streams.core.sketches.fingerprints import fingerprint

WORDS = st.sampled_from(
    ["we", "Were", "charged", "12.50", "", "é", "don't", "\x00", "\xff", "日本", "x7"]
)
BETWEEN = st.sampled_from([" ", "  ", ", ", "\n", "-", "\t!"])
TEXT = st.lists(st.tuples(WORDS, BETWEEN), max_size=90).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
PLAIN = "the same words as in every other complaint of this list, number {}"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXT, st.text(max_size=60)), max_size=20))
def test_texts_side_by_side_have_the_prints_they_have_alone(texts: list[str | None]) -> None:
    every = [*texts, *map(PLAIN.format, range(FEW))]
    expected = [fingerprint(one) if one else (0, 0) for one in every]
    assert list(map(tuple, fingerprints(every).tolist())) == expected
    assert list(map(tuple, fingerprints(texts).tolist())) == expected[: len(texts)]


def test_a_text_that_is_long_in_bytes_is_one_of_them() -> None:
    long = "é" * LONGEST + " and words beyond " + "what is looked at by table"
    wide = "ééééé éé " * 70  # 60 words of it are longer
    texts = [long, wide, None, "", *map(PLAIN.format, range(FEW)), wide]
    found = fingerprints(texts)
    assert found.tolist() == [list(fingerprint(one)) if one else [0, 0] for one in texts]
    assert found[1].all()


def test_words_are_looked_at_to_their_last_letter_however_long_they_are() -> None:
    word = "abcdefghijklmnopqrstuvwxyz" * 6
    texts = [
        f"{word[at:size]} of {word[:size]}, or not {word[:size]}?"
        for at in (0, 1)
        for size in range(at + 1, LONGEST + 3)
    ]
    expected = [fingerprint(one) for one in texts]
    assert list(map(tuple, fingerprints(texts).tolist())) == expected
    assert len(set(expected)) > LONGEST


def test_texts_without_a_word_have_none() -> None:
    assert not fingerprints(["", None, "12 34", "..."] * FEW).any()
    assert fingerprints([]).shape == (0, 2)
    assert np.unique(fingerprints([PLAIN] * FEW), axis=0).shape == (1, 2)
