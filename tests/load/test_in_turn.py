from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.load.in_turn import in_turn


def file_of(topic: str, *batches: list[int]) -> Any:
    """Make what stands for a file whose events are at some times."""
    events = [[SimpleNamespace(at=at) for at in batch] for batch in batches]
    return SimpleNamespace(topic=topic, batches=lambda: iter(events))


def turns(*files: Any, span: int | None = None) -> list[tuple[str, list[int], bool]]:
    found = in_turn(cast("Any", list(files)), span)
    return [(topic, [event.at for event in events], last) for topic, events, last in found]


def test_that_topic_comes_first_whose_events_do() -> None:
    files = file_of("a", [1, 5], [], [9]), file_of("b", [2, 3], [4])
    assert turns(*files) == [
        ("a", [1, 5], False),
        ("b", [2, 3], False),
        ("b", [4], True),
        ("a", [9], True),
    ]


def test_a_turn_is_no_longer_than_its_span() -> None:
    assert turns(file_of("a", [1, 9, 10, 25]), file_of("b", [11]), span=10) == [
        ("a", [1, 9], False),
        ("a", [10], False),
        ("b", [11], True),
        ("a", [25], True),
    ]


@pytest.mark.parametrize("span", [None, 10])
def test_of_two_files_of_a_topic_the_last_turn_alone_is_its_last(span: int | None) -> None:
    files = file_of("a", [1]), file_of("a", [2])
    assert [last for _, _, last in turns(*files, span=span)] == [False, True]
    assert turns(file_of("a")) == []
