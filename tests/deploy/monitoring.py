"""A real Prometheus on loopback, with the project's rules, that scrapes what a test names."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml
from tools import ROOT, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALERTMANAGER = ROOT / "deploy/alertmanager/alertmanager.yml"
RULES = ROOT / "deploy/prometheus/alerts.yml"
BOARD = ROOT / "deploy/grafana/dashboards/groundswell.json"


class Prometheus(NamedTuple):
    """A running Prometheus: `url` is its root."""

    url: str

    def query(self, expr: str) -> list[Any]:
        """Evaluate an expression now."""
        with urlopen(f"{self.url}/api/v1/query?{urlencode({'query': expr})}") as answer:
            result: list[Any] = json.load(answer)["data"]["result"]
        return result

    def silent(self, exprs: dict[str, str], seconds: float) -> dict[str, str]:
        """Give those that still return nothing when every one has, or the time is over."""
        until = time.monotonic() + seconds
        left = dict(exprs)
        while left and time.monotonic() < until:
            left = {name: expr for name, expr in left.items() if not self.query(expr)}
            time.sleep(0.2 if left else 0)
        return left


@contextmanager
def scraping(target: str, folder: Path, alertmanager: str | None = None) -> Iterator[Prometheus]:
    """Run Prometheus on `target` (host:port), with its data in `folder`.

    `alertmanager` (host:port) is whom it tells of alerts.
    """
    told = [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else []
    config = folder / "prometheus.yml"
    config.write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "2s", "evaluation_interval": "1s"},
                "rule_files": [str(RULES)],
                "alerting": {"alertmanagers": told},
                "scrape_configs": [
                    {"job_name": "groundswell", "static_configs": [{"targets": [target]}]}
                ],
            }
        )
    )
    address = f"127.0.0.1:{_free_port()}"
    log = folder / "prometheus.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [
                tool("prometheus", "prometheus"),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stderr=output,
        ) as process,
    ):
        try:
            _await_ready(f"http://{address}/-/ready", process, log)
            yield Prometheus(f"http://{address}")
        finally:
            process.terminate()


@contextmanager
def alertmanager(receiver: str, folder: Path) -> Iterator[str]:
    """Run Alertmanager with the shipped routes, whose receiver is a webhook; gives host:port."""
    config = yaml.safe_load(ALERTMANAGER.read_text())
    hook = {"url": receiver, "send_resolved": True}
    config["receivers"] = [
        {"name": one["name"], "webhook_configs": [hook]} for one in config["receivers"]
    ]
    written = folder / "alertmanager.yml"
    written.write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{_free_port()}"
    log = folder / "alertmanager.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [
                tool("prometheus-alertmanager", "prometheus-alertmanager"),
                f"--config.file={written}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
            ],
            stderr=output,
        ) as process,
    ):
        try:
            _await_ready(f"http://{address}/-/ready", process, log)
            yield address
        finally:
            process.terminate()


def board_queries() -> dict[str, str]:
    """Give every expression of the dashboard by panel and name, its variables filled in."""
    filled = {
        "$__rate_interval": "1m",
        "$window": "28d",
        "$currency": "USD",
        "$minor": "100",
    }
    found = {}
    for panel in json.loads(BOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            expr: str = target["expr"]
            for variable, value in filled.items():
                expr = expr.replace(variable, value)
            assert "$" not in expr, expr
            found[f"{panel['title']} / {target['refId']}"] = expr
    return found


def rule_queries() -> dict[str, str]:
    """Give what every rule on workers looks at: a record's expression, an alert's before its
    condition.
    """
    found = {}
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        if group["name"] == "groundswell-notify":  # another process: tests/notify/test_health.py
            continue
        for rule in group["rules"]:
            if rule.get("alert") == "GroundswellProcessDown":  # only a worker of several has it
                continue
            looked_at = rule["expr"]
            if "alert" in rule:
                looked_at = looked_at.removeprefix("absent(")
                looked_at = re.split(r"\s+(?:>|==|unless)\s", looked_at)[0]
            found[rule.get("alert") or rule["record"]] = looked_at
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(url):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())
