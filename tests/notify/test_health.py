from __future__ import annotations

import asyncio
import re
import socket
import time
from pathlib import Path

import aiohttp
import pytest
import yaml
from delivering import SETTINGS, decided

from streams.notify import health
from streams.notify.telemetry import View
from streams.transport.failure import WorkerFailedError

RULES = Path(__file__).parents[2] / "deploy/prometheus/alerts.yml"
HERE = SETTINGS.model_copy(update={"port": 0})


async def get(port: int, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


def beating() -> View:
    view = View()
    view.problem, view.beat = None, time.time()
    return view


async def test_readiness_says_what_keeps_it_from_telling() -> None:
    view = beating()
    async with health.serve(HERE, view) as port:
        assert await get(port, "/healthz") == (200, "ok\n")
        assert await get(port, "/readyz") == (
            200,
            "ready: another process tells, this one stands by\n",
        )
        view.owner = True
        assert await get(port, "/readyz") == (200, "ready\n")
        view.beat -= health.LATE + 1
        assert (await get(port, "/readyz"))[0] == 503
        view.problem = "waiting for the broker at kafka:9092"
        assert await get(port, "/readyz") == (503, "waiting for the broker at kafka:9092\n")


async def test_every_rule_looks_at_what_is_exported() -> None:
    view = beating()
    view.waiting = lambda: {"desk": (2, int(time.time()) - 100)}
    view.dead = lambda: {"desk": True}
    view.counts.decided([decided("a"), decided("b", reason="silenced", state="not_sent")])
    view.counts.tried("desk", "failed")
    view.counts.missed["watch"] += 1
    view.counts.left_out("incidents", ValueError("why"))
    view.owner = view.alertmanager = True
    async with health.serve(HERE, view) as port:
        _, text = await get(port, "/metrics")
    [group] = [
        one
        for one in yaml.safe_load(RULES.read_text())["groups"]
        if one["name"] == "groundswell-notify"
    ]
    named = {
        name for rule in group["rules"] for name in re.findall(r"groundswell_\w+", rule["expr"])
    }
    assert len(named) == 2
    for name in named:
        assert re.search(rf"^{name}(\{{|\s)", text, re.MULTILINE), name
    for line in (
        'groundswell_notify_decisions_total{kind="message",reason="silenced"} 1.0',
        'groundswell_notify_decisions_total{kind="message",reason="sent"} 1.0',
        'groundswell_notify_tries_total{outcome="failed",receiver="desk"} 1.0',
        "groundswell_notify_alertmanager 1.0",
        'groundswell_notify_waiting{receiver="desk"} 2.0',
        'groundswell_notify_receiver_dead{receiver="desk"} 1.0',
        'groundswell_notify_resends_missed_total{receiver="watch"} 1.0',
        'groundswell_notify_unread_total{topic="incidents"} 1.0',
    ):
        assert line in text


async def test_the_heartbeat_file_is_touched_only_while_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "TOUCH", 0.01)
    file, view = tmp_path / "beat", View()
    async with health.serve(HERE.model_copy(update={"heartbeat": file}), view):
        await asyncio.sleep(0)
        assert not file.exists()
        view.problem, view.beat = None, time.time()
        async with asyncio.timeout(10):
            while not file.exists():
                await asyncio.sleep(0.01)


async def test_an_address_in_use_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        own = HERE.model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(WorkerFailedError, match="is another notify there"):
            async with health.serve(own, View()):
                pass
