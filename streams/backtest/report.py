"""The report: every run judged and put together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from schemas.alerts import Alert
from schemas.backtest import (
    Alarm,
    Backtest,
    BudgetPoint,
    Chart,
    Incident,
    Notice,
    SeriesName,
    Trial,
)
from schemas.backtest import History as Read
from streams.backtest import curves
from streams.backtest.alarms import alarms, beyond, families
from streams.backtest.curves import Stretch
from streams.backtest.judge import Span, delay, judge, measures
from streams.backtest.places import Places
from streams.backtest.trials import before
from streams.core.catalogue import TOPICS
from streams.core.series_key import series_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.backtest import Judged, Measures
    from streams.backtest.alarms import Episode, Family
    from streams.backtest.history import History
    from streams.backtest.judge import Judgement
    from streams.backtest.labels import Label
    from streams.backtest.sweep import Swept
    from streams.backtest.trials import Trial as Tried
    from streams.settings import Settings

BEFORE: Final = 60
"""Days before an alarm that its chart shows,"""
AFTER: Final = 30
"""and after it."""
LONGEST: Final = 400


class Reporter:
    """Puts a report together from the runs of one history."""

    def __init__(self, history: History, settings: Settings, labels: Sequence[Label]) -> None:
        first, last = history.span
        self._history = history
        self._settings = settings
        self._labels = labels
        self._span = Span(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))

    def report(self, swept: Swept, made_at: datetime | None) -> Backtest:
        """Judge every run."""
        found = families(swept.current)
        judgement = judge(found, self._labels, self._span)
        stretches = self._stretches(found)
        zone = self._settings.calendar.zone
        counts = curves.count(swept.folded, {stretch.series for stretch in stretches}, zone)
        places = Places(counts.series)
        charts = curves.charts(counts.days, stretches, self._settings)
        drawn = dict(zip(stretches, charts, strict=True))
        utc = self._settings.calendar.timezone == "UTC"
        parts = ("tables", "detect") if utc else ("calendar", "tables", "detect")
        settings = self._settings.model_dump(mode="json")
        named = {part: settings[part] for part in parts}
        return Backtest(
            made_at=made_at,
            history=self._read(swept),
            settings=named,
            labelled=bool(self._labels),
            measures=measures(found, self._labels, judgement, self._span),
            alarms=[
                self._alarm(place, family, family.root.fired_at, judgement, drawn)
                for place, family in enumerate(found)
                if family.root.fired_at is not None
            ],
            notices=[
                Notice(
                    **self._name(family.root, self._judged(place, judgement)).model_dump(),
                    closed_at=family.root.closed_at,
                    alert=Alert.model_validate_json(family.root.worst),
                )
                for place, family in enumerate(found)
                if family.notice
            ],
            incidents=[
                self._incident(place, label, found, judgement, drawn, places.unknown(label))
                for place, label in enumerate(self._labels)
            ],
            budgets=[
                BudgetPoint(
                    budget=budget,
                    current=budget == self._settings.detect.budget,
                    measures=self._measures(run),
                )
                for budget, run in swept.budgets
            ],
            trials=[self._trial(trial, found, run) for trial, run in swept.trials],
        )

    def _measures(self, run: Iterable[bytes]) -> Measures:
        found = families(run)
        return measures(found, self._labels, judge(found, self._labels, self._span), self._span)

    def _read(self, swept: Swept) -> Read:
        history = self._history
        return Read(
            files=[file.name for file in history.source.files],
            topic=history.source.topic,
            rows=history.rows,
            events=history.events,
            first=self._span.first,
            last=self._span.last,
            weeks=round(self._span.weeks, 3),
            outcomes=dict(swept.outcomes),
            refused=dict(history.refused),
            series={
                metric: sum(census)
                for metric, census in swept.census.items()
                if metric in TOPICS[history.source.topic].metrics
            },
        )

    def _alarm(
        self,
        place: int,
        family: Family,
        fired_at: datetime,
        judgement: Judgement,
        drawn: dict[Stretch, Chart],
    ) -> Alarm:
        root = family.root
        return Alarm(
            **self._name(root, self._judged(place, judgement)).model_dump(),
            fired_at=fired_at,
            closed_at=root.closed_at,
            incidents=[n for n, v in enumerate(judgement.verdicts) if place in v.families],
            alert=Alert.model_validate_json(root.worst),
            explains=[self._name(part, self._judged(place, judgement)) for part in family.parts],
            chart=drawn.get(self._around(root)),
        )

    def _judged(self, place: int, judgement: Judgement) -> Judged:
        if not self._labels:
            return "unlabelled"
        return "true" if place in judgement.true else "false"

    def _name(self, episode: Episode, judged: Judged) -> SeriesName:
        return SeriesName(
            alert_id=episode.alert_id,
            metric=episode.metric,
            labels=dict(episode.labels),
            opened_at=episode.opened_at,
            judged=judged,
        )

    def _incident(  # noqa: PLR0913, PLR0917 (one argument a fact)
        self,
        place: int,
        label: Label,
        found: Sequence[Family],
        judgement: Judgement,
        drawn: dict[Stretch, Chart],
        note: str,
    ) -> Incident:
        verdict = judgement.verdicts[place]
        stretch = self._of_label(label)
        chart = None if stretch is None else drawn[stretch]
        return Incident(
            name=label.name,
            start=label.start,
            end=label.end,
            metric=label.metric,
            labels=dict(label.labels),
            outcome=verdict.outcome,
            pending_at=verdict.pending_at,
            firing_at=verdict.firing_at,
            hours_to_pending=delay(label, verdict.pending_at),
            hours_to_firing=delay(label, verdict.firing_at),
            alarms=[found[n].root.alert_id for n in verdict.families if found[n].fired],
            note=note,
            chart=chart if chart is not None and any(chart.observed) else None,
        )

    def _trial(self, trial: Tried, found: Sequence[Family], run: Iterable[bytes]) -> Trial:
        others = families(run)
        now, then = alarms(found), alarms(others)
        mine = judge(others, self._labels, self._span)
        return Trial(
            name=trial.name,
            settings=dict(trial.overrides),
            before=before(self._settings, trial.overrides),
            measures=measures(others, self._labels, mine, self._span),
            gained=self._names(beyond(then, now)),
            lost=self._names(beyond(now, then)),
        )

    def _names(self, found: Sequence[Family]) -> list[SeriesName]:
        judgement = judge(found, self._labels, self._span)
        return [
            self._name(family.root, self._judged(place, judgement))
            for place, family in enumerate(found)
        ]

    def _stretches(self, found: Sequence[Family]) -> list[Stretch]:
        stretches = {self._around(family.root): None for family in alarms(found)}
        for label in self._labels:
            stretch = self._of_label(label)
            if stretch is not None:
                stretches[stretch] = None
        return list(stretches)

    def _around(self, episode: Episode) -> Stretch:
        return self._stretch(
            series_key(episode.metric, episode.labels), episode.started_at, episode.opened_at
        )

    def _of_label(self, label: Label) -> Stretch | None:
        """Give the days around a label, of the series that it names; None: outside the history."""
        if label.end <= self._span.first or label.start > self._span.last:
            return None
        metric = label.metric or TOPICS[self._history.source.topic].metrics[0]
        return self._stretch(series_key(metric, label.labels), label.start, label.end)

    def _stretch(self, series: str, start: datetime, end: datetime) -> Stretch:
        margin = timedelta(days=1)
        first = max(self._span.first, start - BEFORE * margin)
        last = min(self._span.last, end + AFTER * margin, first + LONGEST * margin)
        number = self._settings.calendar.zone.number
        days = number(int(first.timestamp())), number(int(last.timestamp()))
        return Stretch(series, days[0], max(days))
