"""What a flush sends is a sequence of messages, however it is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.stage import Send, Sends

MESSAGES = st.lists(
    st.builds(
        Send,
        st.sampled_from(["a", "b"]),
        st.sampled_from([None, 0, 1]),
        st.none() | st.binary(max_size=2),
        st.none() | st.binary(max_size=2),
    )
)


@given(MESSAGES, MESSAGES)
def test_messages_stay_in_their_order(first: list[Send], second: list[Send]) -> None:
    sends = Sends(first)
    sends.extend(Sends(second))
    assert sends == [*first, *second] == list(sends)
    assert sends == Sends.of([*first, *second])
    assert len(sends) == len(first) + len(second)
    assert [sends[place] for place in range(len(sends))] == sends[:]


def test_what_goes_to_one_place_is_together() -> None:
    sends = Sends([Send("a", None, b"1", b"x"), Send("a", None, b"2", None)])
    sends.add("a", 0, [b"3"], [b"y"])
    sends.add("b", 0, [], [])
    assert [tuple(own) for own in sends.columns] == [
        ("a", None, [b"1", b"2"], [b"x", None]),
        ("a", 0, [b"3"], [b"y"]),
    ]
    assert sends != [*sends, Send("b", 0, None, None)]
