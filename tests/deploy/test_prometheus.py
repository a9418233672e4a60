from __future__ import annotations

from typing import TYPE_CHECKING

import live
import yaml
from monitoring import RULES, board_queries, rule_queries, scraping
from tools import ROOT, run, tool

from streams.worker.pages import page

if TYPE_CHECKING:
    from pathlib import Path


def test_the_configuration_and_its_rules_are_valid() -> None:
    run(tool("promtool", "prometheus"), "check", "config", "deploy/prometheus/prometheus.yml")


def test_every_alert_fires_when_it_should_and_only_then() -> None:
    run(tool("promtool", "prometheus"), "test", "rules", "tests/deploy/alerts_test.yml")


def test_every_alert_has_a_unit_test_and_a_runbook() -> None:
    tested = (ROOT / "tests/deploy/alerts_test.yml").read_text()
    runbook = page("prometheus")
    assert runbook is not None
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            if name := rule.get("alert"):
                assert f"alertname: {name}" in tested
                link = f"http://127.0.0.1:6066/docs/prometheus#{name.lower()}"
                assert rule["annotations"]["runbook_url"] == link
                assert f'<b id="{name.lower()}">{name}</b>' in runbook


def test_alertmanager_accepts_its_configuration() -> None:
    amtool = tool("amtool", "prometheus-alertmanager")
    run(amtool, "check-config", "deploy/alertmanager/alertmanager.yml")


def test_what_ends_with_the_last_worker_is_not_kept_quiet_about() -> None:
    """What is inhibited when it ends is told to nobody: what was opened for it would stay open."""
    settings = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.yml").read_text())
    inhibited = {
        target
        for rule in settings["inhibit_rules"]
        if rule["source_matchers"] == ['alertname = "GroundswellNoWorker"']
        for target in rule["target_matchers"]
    }
    assert inhibited == {'alertname = "GroundswellWorkerDown"'}


def test_every_expression_returns_data_on_a_real_worker(tmp_path: Path) -> None:
    tool("prometheus", "prometheus")
    with live.worker(tmp_path) as target, scraping(target, tmp_path) as prometheus:
        assert prometheus.silent(board_queries() | rule_queries(), seconds=180) == {}
