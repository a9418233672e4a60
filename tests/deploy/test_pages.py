"""What alerts link to is there."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from typing import get_args

import pytest

from schemas.metrics import Metric
from streams import telemetry
from streams.settings import Settings, SettingsError, Worker, load
from streams.worker import health
from streams.worker.pages import NAMES, html, page


def test_every_metric_has_its_heading_in_the_runbook() -> None:
    runbook = page("runbook")
    assert runbook is not None
    for metric in get_args(Metric):
        assert f'<b id="a-rise-of-{metric.replace("_", "-")}">A rise of ' in runbook
    assert Settings().detect.runbook.endswith("/docs/runbook")


def test_only_these_pages_are_served() -> None:
    assert all(page(name) for name in NAMES)
    assert page("settings") is None
    assert page("../../pyproject") is None


def test_text_is_no_markup() -> None:
    assert '<b id="a--b">a &amp; b</b>\n&lt;script&gt;' in html("## a & b\n<script>\n")


def test_a_worker_serves_them_from_its_start() -> None:
    async def asked(path: str) -> tuple[int, str, str]:
        listening, port = await health.serve(
            Worker(port=0), health.HealthDesk(), telemetry.LoopWatch()
        )

        def ask() -> tuple[int, str, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as got:
                    return got.status, got.headers["Content-Type"], got.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, "", ""

        try:
            return await asyncio.to_thread(ask)
        finally:
            await listening.cleanup()

    status, kind, text = asyncio.run(asked("/docs/runbook"))
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert 'id="a-rise-of-complaints"' in text
    assert asyncio.run(asked("/docs/nothing"))[0] == 404


def test_a_link_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DETECT__RUNBOOK", "docs/runbook.md")
    with pytest.raises(SettingsError, match=r"detect\.runbook"):
        load()
