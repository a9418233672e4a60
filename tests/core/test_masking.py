from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe+x@mail.example.com now", "write to [e-mail] now"),
        ("call (555) 123-4567 or +44 20 7946 0958", "call [number] or [number]"),
        ("call 0171/1234567", "call [number]"),
        ("card 4111 1111 1111 1111, since 12/2016", "card [number], since [number]"),
        ("card XXXX-XXXX-XXXX-1234", "card [number]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [number]."),
        ("order AB-123-999-X is late", "order AB-[number] is late"),
        ("Mr. John O'Neil refused", "[name] refused"),
        ("mrs smith and MISS ANNA refused", "[name] and [name] refused"),
        ("Dr. J. R. Müller-Lüdenscheidt refused", "[name] refused"),
        ("my name is John Doe and", "[name] and"),
        ("tell @jane_doe", "tell [name]"),
        ("my password is hunter2", "my [secret]"),
        ("see https://bank.example/a?id=7", "see [link]"),
        ("waited\n\n 3  weeks", "waited 3 weeks"),
        ("they charged 35 dollars on 3 loans", "they charged 35 dollars on 3 loans"),
        ("I want my money back: a well-known scam", "I want my money back: a well-known scam"),
    ],
)
def test_masks_what_identifies(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_cuts_long_texts() -> None:
    assert mask("word " * 100, limit=20) == "word word word word…"


def test_masks_again_without_change() -> None:
    once = mask("Mrs Smith, account 123456789, mail a@b.example")
    assert mask(once) == once


@given(st.text(), st.integers(10, 300))
def test_the_result_is_short_and_on_one_line(text: str, limit: int) -> None:
    masked = mask(text, limit)
    assert len(masked) <= limit
    assert masked == " ".join(masked.split())


@given(st.text(alphabet="0123456789 -/", min_size=1, max_size=60))
def test_no_long_number_survives(text: str) -> None:
    digits = 0
    for char in mask(text):
        digits = digits + 1 if char.isdigit() else 0
        assert digits < 4
