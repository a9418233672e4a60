"""Sends the messages of the demo: in event time, many times as fast as they happened."""

from __future__ import annotations

import time
from collections import Counter
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, Message, Producer

from streams.demo.simulated_clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streams.demo import fault_injection
    from streams.demo.fault_injection import Fate

_LOOK_EVERY: Final = 200
_NAP_S: Final = 0.02


class HistoryProducer(Thread):
    """Produces the messages in their order, no faster than `speed` and than `may_go_on` allows.

    Started, it gets the first message, which may take long to make, and sends nothing before `go`.

    Args:
        bootstrap: the broker.
        messages: what to send, in order.
        speed: event seconds a wall second.
        may_go_on: False while whoever reads is too far behind; asked every few messages.
    """

    def __init__(
        self,
        bootstrap: str,
        messages: Iterable[fault_injection.Message],
        speed: float,
        may_go_on: Callable[[], bool],
    ) -> None:
        super().__init__(name="producer", daemon=True)
        self._messages = messages
        self._speed = speed
        self._may_go_on = may_go_on
        self._ending = Event()
        self._going = Event()
        self.at: int | None = None
        self.sent: Counter[tuple[str, Fate]] = Counter()
        self.waited_s = 0.0
        self.done = False
        self.failure: Exception | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "compression.type": "lz4",
                # A fetch from the embedded broker brings one batch a partition: few, not small.
                "linger.ms": 400,
                "batch.num.messages": 5_000,
                "partitioner": "murmur2_random",  # as Java's and aiokafka's producers do
                "log_level": 0,
            }
        )

    def run(self) -> None:
        """Send to the end or until `close`; `failure` says what went wrong."""
        try:
            self._send_all()
        except Exception as error:  # noqa: BLE001 -- the main thread reports it
            self.failure = error

    def go(self) -> None:
        """Let it send."""
        self._going.set()

    def close(self) -> None:
        """Stop sending, and wait for the end of the thread."""
        self._ending.set()
        self._going.set()
        self.join()

    def _send_all(self) -> None:
        clock: SimulatedClock | None = None
        reached = 0.0
        for number, message in enumerate(self._messages):
            if clock is None:
                self._going.wait()
                if self._ending.is_set():
                    return
                clock = SimulatedClock(message.at, self._speed, time.monotonic())
            while message.at > reached:
                if self._ending.is_set():
                    return
                reached = clock.reached(time.monotonic())
                if message.at > reached:
                    self._producer.poll(_NAP_S)
            if number % _LOOK_EVERY == 0:
                self._hold_back(clock)
            self._send(message)
        if self._producer.flush(60.0):
            raise TimeoutError("the broker did not take the last messages within 60 s")
        self.done = True

    def _hold_back(self, clock: SimulatedClock) -> None:
        before = time.monotonic()
        while not self._may_go_on() and not self._ending.is_set():
            self._producer.poll(_NAP_S)
        now = time.monotonic()
        self.waited_s += now - before
        clock.stopped(now)

    def _send(self, message: fault_injection.Message) -> None:
        while True:
            try:
                self._producer.produce(
                    message.topic, message.value, key=message.key, on_delivery=self._delivered
                )
                break
            except BufferError:
                self._producer.poll(_NAP_S)
        self._producer.poll(0)
        self.sent[message.topic, message.fate] += 1
        self.at = message.at

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            raise RuntimeError(f"{message.topic()}: {error}")
