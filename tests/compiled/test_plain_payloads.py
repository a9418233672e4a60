"""Payloads are told to be plain alike, compiled and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import wire
from schemas.grammar import MAX_DEPTH, SHORT

if TYPE_CHECKING:
    from types import ModuleType

PIECE = 255
"""Bytes that are counted in one."""
RESTS = (
    b"",
    b"}",
    b"{[",
    b"[" * (MAX_DEPTH - 2),
    b"{" * (MAX_DEPTH - 1),
    b"[" * MAX_DEPTH,
    b";|\x0f\xfb" * PIECE,  # not far from brackets
    b"a" * (SHORT - 1),
    b"a" * SHORT,
    b"{" * PIECE + b"a" * PIECE,
    "é".encode() * SHORT,
    "é".encode()[:1],
    b"\xa9",
)
PAYLOADS = st.builds(
    bytes.__add__,
    st.sampled_from([b"{", b"{", b"{", b"[", b" {", b""]),
    st.sampled_from(RESTS) | st.binary(max_size=9) | st.text(max_size=9).map(str.encode),
)


@pytest.fixture(scope="module")
def module() -> ModuleType:
    found: ModuleType = pytest.importorskip(
        "streams.compiled.payloads", reason="nothing is compiled"
    )
    return found


@given(payloads=st.lists(PAYLOADS | st.none(), max_size=4))
@example(payloads=[b"{" + b"a" * SHORT, b"{" * (MAX_DEPTH + 1)])
@example(payloads=[b"{" + b"a" * SHORT, b"{" * MAX_DEPTH])
@example(payloads=["é".encode()[:1], "é".encode()[1:]])
def test_the_same_payloads_are_plain_as_by_the_twin(
    module: ModuleType, payloads: list[bytes | None]
) -> None:
    assert module.are_plain(payloads) is wire.are_plain(payloads)


@pytest.mark.parametrize("place", [0, PIECE - 1, PIECE, 2 * PIECE + 1])
@pytest.mark.parametrize("bracket", [b"{", b"["])
def test_a_bracket_counts_wherever_it_stands(
    module: ModuleType, bracket: bytes, place: int
) -> None:
    many = b"{" + b"{" * (MAX_DEPTH - 1) + b"a" * 3 * PIECE
    one = many[:MAX_DEPTH] + b"a" * place + bracket + b"a" * 2 * PIECE
    for are_plain in (module.are_plain, wire.are_plain):
        assert are_plain([many])
        assert not are_plain([one])


def test_what_is_no_bytes_is_an_error(module: ModuleType) -> None:
    with pytest.raises(TypeError, match="not bytes"):
        module.are_plain(["{}"])
