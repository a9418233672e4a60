from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import masking
from streams.core.masking import mask

_WORDS = (
    "mr;Mrs.;MS;mx. ;Dr.;prof. ;Mister;miss;sir;madam;Madame;herr;Frau;monsieur;se\u00f1or;"
    "\u017fir;Se\u00f1ora;terms;sirs;_mr;my name is;My  NAME is;name;surname;is;ssn;password;PIN;"
    "pass;John;foo;x;Jane Roe;J. R. Fox; ; ; ;\t;.;:;-;';(;1;2/20;"
    "a@b.example;@jane;www.x.example/pin;http://y;x1@y.example;xxxxxx"
)
PIECES = st.sampled_from([*_WORDS.split(";"), "z" * 40, "z" * 63])
"""What rules look for, in part and whole; some would have a rule of before eat only a part."""
_NUMBERS = "1;2;34;567;8901;x;X;*;-;-;/;(;+;.; ; ;a;bc;_;DE;DE89;GB29 NWBK;\u0661;\u212a"
NUMBERS = st.sampled_from(_NUMBERS.split(";"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe+x@mail.example.com now", "write to [e-mail] now"),
        ("call (555) 123-4567 or +44 20 7946 0958", "call [number] or [number]"),
        ("call 0171/1234567", "call [number]"),
        ("card 4111 1111 1111 1111, since 12/2016", "card [number], since [number]"),
        ("card XXXX-XXXX-XXXX-1234", "card [number]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [number]."),
        ("GB29 NWBK BARC BARC, please", "[number], please"),
        ("call 12-34/56", "call [number]"),
        ("code 1ab2cd3", "code [number]"),
        ("code 1-ab2-c3", "code [number]"),
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


@given(
    st.lists(PIECES, max_size=12).map("".join) | st.lists(NUMBERS, max_size=9).map("".join),
    st.integers(10, 300),
)
def test_no_rule_is_skipped_that_finds_something(text: str, limit: int) -> None:
    masked = mask(text, limit)
    with pytest.MonkeyPatch.context() as patch:
        every = frozenset.union(*(needed for needed, _, _ in masking._RULES))  # noqa: SLF001
        patch.setattr(masking, "_found", lambda _, numbered: every)  # noqa: ARG005
        if not any(map(str.isdigit, text)):
            patch.setattr(masking, "_RULES", masking._RULES[:-4])  # noqa: SLF001
        assert mask(text, limit) == masked


def test_what_a_mask_leaves_over_is_looked_at_again() -> None:
    long = "x@" + "y" * 10 + "." + "z" * 63
    assert mask(f"{long}dr Smith") == "[e-mail][name]"


@pytest.mark.parametrize(
    "title",
    [
        *("mr", "Mrs.", "ms", "mx", "DR.", "prof", "mister", "miss", "sir", "madam", "madame"),
        *("herr", "frau", "se\u00f1or", "Se\u00f1ora", "Monsieur"),
    ],
)
def test_a_name_behind_any_title_is_masked(title: str) -> None:
    assert mask(f"told ({title} Doe) so") == "told ([name]) so"
