"""The demo as a whole: a broker, a worker, a producer, and a consumer of the public topics."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaException

from streams.demo import complaints, layout
from streams.demo.console import console_for, open_in_browser, too_far
from streams.demo.events import TRIAL_DAYS, company_of, events
from streams.demo.fault_injection import COUNTED, TOPICS, with_faults
from streams.demo.lag import DroppedUnreadError, Lag, unread
from streams.demo.next_steps import afterwards, while_it_runs
from streams.demo.patience import LOOK_S, STUCK, Patience
from streams.demo.producer import HistoryProducer
from streams.demo.report import print_summary
from streams.demo.screen import Moment, screen_for
from streams.demo.summary import lines
from streams.demo.times import midnight
from streams.demo.truth import compared
from streams.demo.worker import WorkerProcess, free_port
from streams.readmodel.feed import Feed
from streams.readmodel.model import TOPICS as PUBLIC
from streams.readmodel.model import ReadModel
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from streams.demo import fault_injection
    from streams.demo.console import ConsoleProcess
    from streams.demo.screen import Screen

DRAW_S: Final = 0.3
ASK_S: Final = 0.5
START: Final = 600
"""Looks, until which the worker has to be ready."""
UNANSWERED: Final = 6
"""Looks in a row that the broker does not answer, each for ten seconds, until it is given up."""
ENDS_WAIT: Final = 20
"""Looks at which all stands still after which nobody waits for customers to be told."""


class DemoFailedError(Exception):
    """The demo cannot go on; the message says why."""


@dataclass(frozen=True)
class Options:
    """What the command line says.

    `speed` is event seconds a wall second, `days` how many days of complaints are played,
    `leave` whether to end when all is done, `console` whether there are pages to look at.
    """

    speed: float
    days: int
    seed: int
    port: int
    leave: bool
    console: bool = False

    @property
    def first(self) -> int:
        """Event time at which it begins, epoch seconds."""
        return midnight(complaints.FIRST - timedelta(days=TRIAL_DAYS))

    @property
    def end(self) -> int:
        """Event time at which it ends, epoch seconds."""
        return midnight(complaints.FIRST + timedelta(days=self.days))


def run(options: Options, console: Console) -> int:
    """Run the demo; the exit status is 0 if every event sent is accounted for."""
    port = free_port(options.port)
    defined = company_of(options.seed).definitions
    with (
        TemporaryDirectory(prefix="groundswell-demo-") as folder,
        EmbeddedBroker(layout.topics()) as broker,
        WorkerProcess(
            layout.settings(broker.bootstrap, port, defined), Path(folder) / "log"
        ) as worker,
        console_for(broker.bootstrap, Path(folder), wanted=options.console) as pages,
    ):
        demo = _Demo(options, broker.bootstrap, worker, pages)
        pages_at = None if pages is None else pages.url
        try:
            with screen_for(console, worker.url, pages_at) as screen:
                demo.play(screen)
        except (DemoFailedError, DroppedUnreadError) as error:
            console.print(f"The demo has failed: {error}", style="bold red", highlight=False)
            console.print(worker.last_words(), markup=False, highlight=False)
            return 1
        except KeyboardInterrupt:
            console.print("Stopped before the end.")
            return 130
        finally:
            demo.close()
        console.print(demo.played(), highlight=False)
        others = worker.folded(TOPICS[len(COUNTED) :])
        found = lines(demo.producer.sent, demo.model, others)
        differs = compared(
            company_of(options.seed), messages(options), list(demo.model.periods.values())
        )
        all_well = print_summary(console, found, demo.model, differs)
        console.print()
        if options.leave:
            _say(console, afterwards())
        else:
            _say(console, while_it_runs(worker.url, broker.bootstrap, pages_at))
            _serve(console, worker)
        return 0 if all_well else 1


class _Demo:
    """The running parts, and the loop that watches them."""

    def __init__(
        self,
        options: Options,
        bootstrap: str,
        worker: WorkerProcess,
        pages: ConsoleProcess | None,
    ) -> None:
        self._worker = worker
        self._pages, self._opens = pages, not options.leave
        self._asked = 0.0
        self._pages_behind: int | None = None
        self._told = options.first
        self._first, self._end = options.first, options.end
        self.model = ReadModel()
        counts = layout.topics()
        self._read_by_worker = Lag(
            bootstrap, layout.GROUP, {name: counts[name] for name in layout.READ_BY_WORKER}
        )
        public = {name: counts[name] for name in PUBLIC}
        self._read_by_us = Lag(bootstrap, layout.FEED_GROUP, public)
        self._feed = Feed(bootstrap, public, self.model.apply, layout.FEED_GROUP)
        self.producer = HistoryProducer(
            bootstrap,
            messages(options),
            options.speed,
            lambda: not self._held,
        )
        self._held = False
        self._behind = 0
        self._patience = Patience()
        self._unanswered = 0
        self._drawn = 0.0
        self._rate = _Rate()
        self._changed = 0.0
        self._started = self._finished = 0.0

    def play(self, screen: Screen) -> None:
        """Play everything and see it through the worker.

        Raises:
            DemoFailedError: the worker or a part of the demo ended, or nothing moves any more.
            DroppedUnreadError: the broker dropped what was not yet read.
        """
        self._feed.start()
        self.producer.start()
        looks = 0
        while not self._worker.ready():
            self._look(screen, "starting the worker")
            if (looks := looks + 1) > START:
                raise DemoFailedError(f"the worker was not ready within {START * LOOK_S:.0f} s")
        self._started = time.monotonic()
        self._open_pages()
        self.producer.go()
        while not self.producer.done:
            self._look(screen, self._doing())
        while not self._settled():
            self._look(screen, "finishing")
        self._finished = self._changed

    def _doing(self) -> str:
        if not self.producer.sent:
            return "simulating the customers"
        return "waiting" if self._held else "playing"

    def played(self) -> str:
        """Say in a sentence what was sent, and how fast."""
        days = (self._end - self._first) // 86_400
        seconds = self._finished - self._started
        return (
            f"{self.producer.sent.total():,} events of {days} days in {seconds:.0f} s, of which "
            f"the producer waited {self.producer.waited_s:.0f} s for the worker."
        )

    def close(self) -> None:
        """Stop what is running."""
        for part in (self.producer, self._feed):
            if part.is_alive():
                part.close()
        self._read_by_worker.close()
        self._read_by_us.close()

    def _look(self, screen: Screen, doing: str) -> None:
        time.sleep(LOOK_S)
        if (status := self._worker.ended()) is not None:
            raise DemoFailedError(f"the worker has ended with status {status}")
        for part in (self.producer, self._feed):
            if part.failure is not None:
                raise DemoFailedError(f"the {part.name} has ended: {part.failure}")
        try:
            read, reached = self._read_by_worker.spans(), self._read_by_us.spans()
        except KafkaException as error:  # a busy machine may be late
            self._unanswered += 1
            if self._unanswered == UNANSWERED:
                raise DemoFailedError(f"the broker does not answer: {error}") from error
            return
        self._unanswered = 0
        self._ask()
        self._held = (
            layout.too_far(read)
            or layout.too_far(reached)
            or too_far(self._pages_behind)
            # While something moves: a topic that is silent holds their clock, and needs an event.
            or (layout.untold(self._at, self._told) and self._patience.still < ENDS_WAIT)
        )
        self._behind = sum(span.behind for (topic, _), span in read.items() if topic in TOPICS)
        now, sent = time.monotonic(), self.producer.sent.total()
        if self._patience.look(sent, (read, reached), self._pages_behind):
            self._changed = now
        elif self._patience.stuck:
            raise DemoFailedError(
                f"nothing has moved for {STUCK * LOOK_S:.0f} s ({doing}); "
                f"not yet read: {unread(read | reached, self._pages_behind)}"
            )
        if now - self._drawn > DRAW_S:
            self._drawn = now
            screen.show(self._moment(doing, now), self.model)

    def _open_pages(self) -> None:
        """Open the console where there is somebody to look at it."""
        if self._pages is not None and self._opens:
            open_in_browser(self._pages.url)

    def _ask(self) -> None:
        now = time.monotonic()
        if now - self._asked < ASK_S:
            return
        self._asked = now
        if self._pages is not None:
            self._pages_behind = self._pages.behind()
        clock = self.model.totals().clock
        if clock is not None:
            self._told = int(clock.timestamp())

    def _settled(self) -> bool:
        """Tell whether all is counted, and customers are told up to the end, less the grace."""
        accounted = all(line.accounted for line in lines(self.producer.sent, self.model))
        told = self._told >= self._end - 1 - layout.GRACE_S
        return accounted and told and self._patience.settled

    @property
    def _at(self) -> int:
        """Event time that is reached by what was sent, epoch seconds."""
        return self.producer.at or self._first

    def _moment(self, doing: str, now: float) -> Moment:
        sent = self.producer.sent.total()
        return Moment(
            doing=doing,
            start=self._first,
            at=self._at,
            end=self._end,
            sent=sent,
            rate=self._rate.of(sent, now),
            behind=self._behind,
        )


class _Rate:
    """Events a second, smoothed over some seconds."""

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None
        self._rate = 0.0

    def of(self, sent: int, now: float) -> float:
        if self._last is not None:
            before, at = self._last
            self._rate += 0.15 * ((sent - before) / (now - at) - self._rate)
        self._last = (sent, now)
        return self._rate


def messages(options: Options) -> Iterator[fault_injection.Message]:
    """Yield everything that is played, in order."""
    played = events(company_of(options.seed), options.end)
    return with_faults(played, start=options.first, end=options.end, seed=options.seed)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)  # commands in one piece


def _serve(console: Console, worker: WorkerProcess) -> None:
    try:
        while worker.ended() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        _say(console, f"\n{afterwards()}")
        return
    console.print("The worker has ended.")
