"""What one release says after another is compared where both had said the same, and only there."""

from __future__ import annotations

import json
from functools import cache

from across_releases import Judged
from compare import Messages, clean_pass, published
from producer import PARTITIONS, plan

from schemas.topics import HISTORY
from streams.settings import Settings

WALL = 1_800_000_000.0
CONFIG = Settings(tables=Settings().tables.model_copy(update={"idle_timeout": 1e6}))


@cache
def messages() -> dict[str, Messages]:
    return published(clean_pass(CONFIG, plan(1, 3_000, [0.5]).messages, WALL, PARTITIONS))


def at(message: tuple[bytes, bytes | None]) -> str:
    said: str = json.loads(message[1] or b"")["at"]
    return said


def shared() -> tuple[Messages, Messages]:
    """Give the transitions up to the middle, those of the older release, and the rest."""
    history = sorted(messages()[HISTORY], key=at)
    until = at(history[len(history) // 2])
    return [one for one in history if at(one) <= until], [one for one in history if at(one) > until]


def judged(older: Messages, newer: Messages) -> Judged:
    want = [json.loads(value or b"") for _, value in messages()[HISTORY]]
    return Judged(older, older + newer, want)


def otherwise(message: tuple[bytes, bytes | None], **fields: object) -> tuple[bytes, bytes]:
    return message[0], json.dumps(json.loads(message[1] or b"") | fields).encode()


def test_what_goes_on_the_same_has_no_differences() -> None:
    older, newer = shared()
    assert judged(older, newer).differences() == []
    assert judged(older, newer).otherwise() == set()
    series, after = judged(older, newer).compared()
    assert series > 3
    assert after > 3


def test_what_is_missing_or_said_otherwise_afterwards_is_found() -> None:
    older, (*newer, last) = shared()
    assert len(judged(older, newer).differences()) == 1
    assert len(judged(older, [*newer, otherwise(last, observed=1)]).differences()) == 2
    assert judged(older, [*newer, otherwise(last, expected=1.0)]).differences() == []


def test_a_series_of_which_the_older_one_said_something_else_is_left_out() -> None:
    (first, *older), newer = shared()
    labels = json.loads(first[1] or b"")["labels"]
    found = judged([otherwise(first, reason="worse"), *older], newer)
    assert [dict(series) for _, series in found.otherwise()] == [labels]
    assert found.compared()[0] == judged([first, *older], newer).compared()[0] - 1
