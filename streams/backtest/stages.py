"""The stages of the pipeline, each run on what the one before it had said.

fold -> tape of partials and evidence -> series -> tape of evidence and signals -> decisions

What comes out is what `streams.core.pipeline` gives; it is cut where a setting may change.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from streams.backtest.tape import Tape, frames
from streams.core.aggregate.stage import AggregateStage
from streams.core.messages import PARTIALS, SIGNALS
from streams.core.pipeline import Pipeline
from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from streams.backtest.history import History
    from streams.core.config import Config
    from streams.core.detect.protocol import Census
    from streams.core.stage import Send

_EVIDENCE, _SNAPSHOT = b"e", b"p"
_WALL: Final = 0.0
"""The stages after the fold ask the wall clock only for what a replay does not do."""


class _Recorder:
    """Receives what ingest sends on; each message behind a byte that names its kind."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def process(self, sends: Iterable[Send], wall: float) -> Iterator[Send]:
        """Record one flush; nothing comes of it yet."""
        del wall
        kinds = {PARTIALS: _SNAPSHOT, SIGNALS: _EVIDENCE}
        self._tape.write(
            [kinds[s.topic] + s.value for s in sends if s.topic in kinds and s.value is not None]
        )
        return iter(())


def fold(
    history: History, settings: Config, to: Path, progress: Callable[[int], None] | None = None
) -> Mapping[str, int]:
    """Fold a history; give the number of its events by what became of them.

    Raises:
        LoadError: a file cannot be read.
    """
    # One clock reading for all: what is from the future must not depend on how fast we are.
    wall = time.time()
    offset = 0
    with Tape(to) as tape:
        pipeline = Pipeline(settings, _Recorder(tape))
        for batch in history.batches():
            records = [
                Record(number, event.key, event.value) for number, event in enumerate(batch, offset)
            ]
            offset += len(records)
            for _ in pipeline.process(history.source.topic, records, wall):
                pass
            if progress is not None:
                progress(history.read)
        for _ in pipeline.finish(wall):
            pass
    return {str(outcome): n for (_, outcome), n in pipeline.fold.outcomes().items() if n}


def watch(folded: Path, settings: Config, to: Path) -> Mapping[str, Census]:
    """Run the series stage with its detectors; give how many series they know, by metric."""
    stage = AggregateStage(
        0, 1, settings, durable=False, grains=(), rolling=False, provisional_interval=0
    )
    with Tape(to) as tape:
        for number, messages in enumerate(frames(folded), start=1):
            found = []
            for message in messages:
                kind, value = message[:1], message[1:]
                if kind == _SNAPSHOT:
                    stage.process(PARTIALS, [Record(0, None, value)], _WALL)
                else:
                    found.append(value)
            sends = stage.flush(number, _WALL).sends
            found += [s.value for s in sends if s.topic == SIGNALS and s.value is not None]
            tape.write(found)
    return stage.census()


def snapshots(folded: Path) -> Iterator[bytes]:
    """Give the partials on the tape of a fold."""
    for messages in frames(folded):
        for message in messages:
            if message[:1] == _SNAPSHOT:
                yield message[1:]
