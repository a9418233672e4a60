"""A worker that starts before its broker waits for it, and says so."""

from __future__ import annotations

import asyncio
import logging
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import toy
from apache_kafka import ApacheKafka, free_port
from bench import SECONDS, Bench, Worker, opened, until

from streams.worker import faust_app, run

if TYPE_CHECKING:
    from pathlib import Path


def waits(worker: Worker, address: str) -> str:
    """Wait until it says for what it waits, and give that."""
    waiting = f"waiting for the broker at {address}: "
    worker.says(waiting)
    assert worker.get("/healthz") == (200, "ok\n")
    status, why = worker.get("/readyz")
    assert status == 503
    assert why.startswith(waiting)
    assert "groundswell_build_info" in worker.get("/metrics")[1]
    return why


@pytest.mark.parametrize(
    ("brokers", "why"),
    [
        (f"127.0.0.1:{free_port()}", "Connect call failed"),
        ("no-such-host.invalid:9092", "gaierror"),
        (f"no-such-host.invalid:9092,127.0.0.1:{free_port()}", "gaierror"),
    ],
    ids=["nobody listens", "no such name", "two addresses"],
)
def test_a_stop_while_it_waits_ends_it_at_once(tmp_path: Path, brokers: str, why: str) -> None:
    worker = Worker(
        tmp_path / "worker.log",
        {"GROUNDSWELL_KAFKA__BROKERS": brokers, "GROUNDSWELL_WORKER__PORT": "0"},
    )
    try:
        assert why in waits(worker, brokers)
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0, worker.text()
        assert "stopped while waiting for the broker" in worker.text()
    finally:
        worker.process.kill()
        worker.wait()


@pytest.mark.kafka
def test_it_goes_on_when_the_broker_comes(java: None, tmp_path: Path) -> None:
    del java
    kafka = ApacheKafka(tmp_path / "kafka")
    try:
        kafka.start()
        with opened(Bench("kafka", kafka.bootstrap, "late", tmp_path, None)) as bench:
            bench.produce(2_000)
            kafka.stop()
            worker = bench.start()
            waits(worker, kafka.bootstrap)
            kafka.start()
            bench.exact()
            until("ready", lambda: worker.get("/readyz") == (200, "ready\n"))
            bench.stop(worker)
    finally:
        kafka.kill()


@pytest.mark.kafka
# The consumer's thread ends by the error that it has handed on.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_it_waits_for_one_that_goes_away_before_it_is_in_the_group(
    java: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del java
    kafka, stop = ApacheKafka(tmp_path / "kafka"), asyncio.Event()

    def build(*found: Any) -> faust_app.App:
        monkeypatch.undo()
        kafka.kill()  # it has answered, and nobody has asked it for a group yet
        return faust_app.build(*found)

    try:
        kafka.start()
        with opened(Bench("kafka", kafka.bootstrap, "gone", tmp_path, None)) as bench:
            bench.produce(2_000)
            monkeypatch.setattr(faust_app, "build", build)
            caplog.set_level(logging.INFO)
            pipeline = partial(toy.pipeline, bench.prefix)
            worker = asyncio.create_task(run.run_worker(bench.settings, pipeline, stop))
            waiting = f"waiting for the broker at {kafka.bootstrap}: "
            async with asyncio.timeout(SECONDS):
                while waiting not in caplog.text:
                    await asyncio.sleep(0.05)
            assert "the broker went away: " in caplog.text
            await asyncio.to_thread(kafka.start)
            await asyncio.to_thread(bench.exact)
            stop.set()
            assert await worker
            assert "flushed and committed" in caplog.text
    finally:
        kafka.kill()
