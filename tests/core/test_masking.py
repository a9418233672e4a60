from __future__ import annotations

import pytest

from streams.core.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe+x@mail.example.com now", "write to [e-mail] now"),
        ("call (555) 123-4567 or +44 20 7946 0958", "call [number] or [number]"),
        ("card 4111 1111 1111 1111, since 12/2016", "card [number], since 12/[number]"),
        ("Mr. John O'Neil refused", "[name] refused"),
        ("see https://bank.example/a?id=7", "see [link]"),
        ("waited\n\n 3  weeks", "waited 3 weeks"),
    ],
)
def test_masks_what_identifies(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_cuts_long_texts() -> None:
    assert mask("a b " * 500, limit=10) == "a b a b a…"


def test_masks_again_without_change() -> None:
    once = mask("Mrs Smith, account 123456789, mail a@b.example")
    assert mask(once) == once
