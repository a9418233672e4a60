"""The events of several files in turn, as far as they are in order of time."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.load.loading import Loading
    from streams.load.model import Event


class Turn(NamedTuple):
    """Some events of a topic; `is_last`: nothing more comes of it."""

    topic: str
    events: list[Event]
    is_last: bool


def in_turn(loadings: Sequence[Loading], span: int | None = None) -> Iterator[Turn]:
    """Yield the events of all files, those first whose time comes first.

    Args:
        loadings: the files.
        span: seconds of event time that a turn is of at most; None: as long as batches are.

    Raises:
        streams.load.errors.LoadError: a file is damaged further on.
    """
    streams = [_pieces(loading, span) for loading in loadings]
    heads = [next(stream, None) for stream in streams]
    while waiting := [(head[0].at, n) for n, head in enumerate(heads) if head]:
        _, chosen = min(waiting)
        events = heads[chosen] or []
        heads[chosen] = next(streams[chosen], None)
        topic = loadings[chosen].topic
        is_last = not any(
            head and loading.topic == topic for head, loading in zip(heads, loadings, strict=True)
        )
        yield Turn(topic, events, is_last)


def _pieces(loading: Loading, span: int | None) -> Iterator[list[Event]]:
    """Yield what is not empty of the batches of a file, cut where a span ends."""
    for batch in loading.batches():
        if span is None:
            if batch:
                yield batch
            continue
        for _, piece in groupby(batch, lambda event: event.at // span):
            yield list(piece)
