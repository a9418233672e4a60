"""The end of a backlog: who reads events is flushed once all is read, then who tells of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from streams.transport.state.backlog_end import PATIENCE, VISIBLE, BacklogEnd

if TYPE_CHECKING:
    from collections.abc import Callable

END: Final = 1_700_000_000.0


@dataclass
class Task:
    place: tuple[str, int]
    prompt: bool = False
    hurries: bool = False
    untold: bool = False
    busy: bool = False
    read: float = -math.inf


@dataclass
class Worker:
    """Two partitions of events, one that tells of them, and one that tells of nothing."""

    end: BacklogEnd = field(default_factory=BacklogEnd)
    folds: list[Task] = field(default_factory=lambda: [Task(("fold", n)) for n in range(2)])
    series: Task = field(default_factory=lambda: Task(("series", 0), prompt=True, hurries=True))
    alerts: Task = field(default_factory=lambda: Task(("incidents", 0), prompt=True))

    def __post_init__(self) -> None:
        self.end.begin([*self.folds, self.series, self.alerts], END)

    def due(self, task: Task, after: float) -> bool | None:
        """Ask of a task so many seconds after the end of the backlog."""
        return self.end.due(task, END + after, partial(getattr, task, "read"))

    def sent(self, after: float) -> None:
        """Flush the partitions of events; that is over so many seconds after the end."""
        for fold in self.folds:
            fold.read = END
            assert self.due(fold, 0.1)
        for fold in self.folds:
            assert self.due(fold, after) is None


def test_before_any_backlog_ended_all_is_as_ever() -> None:
    end, task = BacklogEnd(), Task(("series", 0), prompt=True, hurries=True)
    assert end.due(task, END, lambda: END) is None
    assert not end.silent(task)


def test_who_reads_events_is_flushed_once_all_is_read_and_done_and_only_then() -> None:
    worker = Worker()
    fold = worker.folds[0]
    assert worker.due(fold, 0.1) is None
    fold.read, fold.busy = END, True
    assert worker.due(fold, 0.2) is None
    fold.busy = False
    assert worker.due(fold, 0.3)
    assert worker.due(fold, 0.4) is None


def test_who_tells_waits_until_all_have_sent_and_that_was_read() -> None:
    worker = Worker()
    series = worker.series
    series.read = END + 9
    assert worker.due(series, 0.1) is False
    for fold in worker.folds:
        fold.read = END
        assert worker.due(series, 0.1) is False
        assert worker.due(fold, 0.1)
    assert worker.due(series, 0.2) is False  # their flushes are under way
    for fold in worker.folds:
        worker.due(fold, 0.3)
    series.read = END + 0.3  # an answer from before the last commit could be seen
    assert worker.due(series, 0.4) is False
    series.read, series.busy = END + 0.3 + 2 * VISIBLE, True
    assert worker.due(series, 0.5) is False
    assert worker.end.silent(series)
    series.busy = False
    assert worker.due(series, 0.5)
    assert not worker.end.silent(series)
    assert worker.due(series, 0.6) is None


def test_what_did_not_fit_into_a_flush_is_told_with_the_next_at_once() -> None:
    worker = Worker()
    worker.sent(0.2)
    series = worker.series
    series.read, series.untold = END + 1, True
    assert [worker.due(series, 0.5 + 0.1 * n) for n in range(3)] == [True] * 3
    series.untold = False
    assert worker.due(series, 0.8) is None
    series.untold = True  # that is of another backlog
    assert worker.due(series, 0.9) is None


def test_who_tells_of_nothing_is_flushed_as_ever() -> None:
    worker = Worker()
    assert worker.due(worker.alerts, 0.1) is None
    assert not worker.end.silent(worker.alerts)


def test_where_events_go_on_coming_nobody_waits_for_long() -> None:
    worker = Worker()
    tasks = [*worker.folds, worker.series]
    assert [worker.due(task, PATIENCE - 0.1) for task in tasks] == [None, None, False]
    worker.series.untold = True
    assert [worker.due(task, PATIENCE) for task in tasks] == [True] * 3
    assert [worker.due(task, PATIENCE + 0.1) for task in tasks] == [None] * 3


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    worker = Worker()
    ask: Callable[[Task], bool | None] = partial(worker.due, after=-1.0)
    assert [ask(task) for task in (*worker.folds, worker.series)] == [True] * 3
