"""The whole backtest: fold once, run the current settings, then every other one that is tried."""

from __future__ import annotations

from concurrent.futures import as_completed
from typing import TYPE_CHECKING, NamedTuple

from streams.backtest import jobs, stages, trials
from streams.backtest.overrides import Stage, apply, first_stage, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from streams.backtest.history import History
    from streams.backtest.overrides import Overrides
    from streams.backtest.trials import Trial
    from streams.core.detect.protocol import Census
    from streams.settings import Settings

    Progress = Callable[[str, int, int], None]
    # called with what is being done, how much of it is done, and how much there is


class Wanted(NamedTuple):
    """What to try. `usual`: the settings that are tried by default, too."""

    budgets: Sequence[float]
    usual: bool
    asked: Sequence[Overrides]


class Swept(NamedTuple):
    """The transitions of every run, as on alerts.history."""

    outcomes: Mapping[str, int]
    census: Mapping[str, Census]
    current: list[bytes]
    budgets: list[tuple[float, list[bytes]]]
    trials: list[tuple[Trial, list[bytes]]]
    folded: Path


class Sweep:
    """Runs a history under many settings; the files between the stages are kept in `folder`."""

    def __init__(
        self,
        history: History,
        settings: Settings,
        folder: Path,
        executor: Executor,
        progress: Progress,
    ) -> None:
        self._history = history
        self._settings = settings
        self._folded = folder / "folded"
        self._watched = folder / "watched"
        self._folder = folder
        self._executor = executor
        self._progress = progress
        self._census: Mapping[str, Census] = {}
        self._found: dict[str, list[bytes]] = {}

    def run(self, wanted: Wanted) -> Swept:
        """Run all that is wanted.

        Raises:
            LoadError: the history cannot be read, or a setting cannot be tried.
        """
        asked = trials.asked(wanted.asked)
        for trial in asked:  # before anything is done that takes its time
            apply(self._settings, trial.overrides)
        rows = self._history.rows
        outcomes = stages.fold(
            self._history,
            self._settings,
            self._folded,
            lambda read: self._progress("folding", read, rows),
        )
        budgets = trials.budgets(self._settings, wanted.budgets) if wanted.budgets else []
        chosen = trials.usual(self._settings, outcomes) if wanted.usual else []
        chosen += asked
        plans: list[Overrides] = [{}, *({trials.BUDGET: budget} for budget in budgets)]
        plans += [trial.overrides for trial in chosen]
        self._run(plans)
        return Swept(
            outcomes,
            self._census,
            self._result({}),
            [(budget, self._result({trials.BUDGET: budget})) for budget in budgets],
            [(trial, self._result(trial.overrides)) for trial in chosen],
            self._folded,
        )

    def _run(self, plans: Sequence[Overrides]) -> None:
        """Run each of these settings once; what only concerns the incidents goes in one."""
        named: dict[str, Overrides] = {}
        for plan in plans:
            named.setdefault(self._name(plan), plan)
        late = [name for name, plan in named.items() if first_stage(plan) is Stage.INCIDENTS]
        early = [name for name in named if name not in late]
        done, of = 0, len(early) + 2
        self._progress("watching", done, of)
        base = self._executor.submit(stages.watch, self._folded, self._settings, self._watched)
        running = {self._start(named[name]): [name] for name in early}
        self._census = base.result()
        settings = [apply(self._settings, named[name]) for name in late]
        running[self._executor.submit(jobs.from_incidents, self._watched, settings)] = late
        for done, job in enumerate(as_completed(running), start=1):
            self._progress("trying settings", done + 1, of)
            self._found.update(zip(running[job], job.result(), strict=True))

    def _start(self, overrides: Overrides) -> Future[list[list[bytes]]]:
        """Run settings for which more than the incidents must be run again."""
        settings = apply(self._settings, overrides)
        if first_stage(overrides) is Stage.SERIES:
            return self._executor.submit(jobs.from_series, self._folded, settings)
        source = self._history.source
        return self._executor.submit(jobs.from_fold, source, settings, self._folder)

    def _name(self, overrides: Overrides) -> str:
        return written(
            {path: value for path, value in overrides.items() if self._differs(path, value)}
        )

    def _differs(self, path: str, value: object) -> bool:
        return bool(trials.before(self._settings, {path: value})[path] != value)

    def _result(self, overrides: Overrides) -> list[bytes]:
        return self._found[self._name(overrides)]
