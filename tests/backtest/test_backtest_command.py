from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from histories import FIRST, SPIKE, write

from schemas import jsonschema as documents
from schemas.backtest import Backtest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("labels") / "labels.csv"
    file.write_text(
        "name,start,end,product\n"
        f"Loans <up>,{SPIKE:%Y-%m-%d},2024-03-29,Loan\n"
        "Cards quiet,2024-03-10,2024-03-12,Card\n"
        "Misspelt,2024-03-10,2024-03-12,Lone\n"
    )
    return file


class Judged(NamedTuple):
    """A history, and the reports of one run over it."""

    history: Path
    json: Path
    html: Path


@pytest.fixture(scope="module")
def judged(
    run: Callable[..., Result], tmp_path_factory: pytest.TempPathFactory, labels: Path
) -> Judged:
    """Judge the history once for all tests that only look at what comes out."""
    folder = tmp_path_factory.mktemp("judged")
    history = write(folder / "history.csv")
    made = Judged(history, folder / "r.json", folder / "r.html")
    told = run(
        "backtest", history, "-t", "complaints", "--labels", labels, "--no-made-at",
        "--json", made.json, "--html", made.html,
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    return made


def reported(file: Path) -> Backtest:
    return Backtest.model_validate_json(file.read_bytes())


def test_a_labelled_spike_is_detected_with_its_delay_and_the_quiet_rest_is_not(
    judged: Judged,
) -> None:
    report = reported(judged.json)
    assert [one.outcome for one in report.incidents] == ["detected", "missed", "missed"]
    hours = report.incidents[0].hours_to_firing
    assert hours is not None
    assert 0 < hours <= 24
    assert report.incidents[0].alarms
    assert report.incidents[2].note == "no event has product 'Lone'; did you mean 'Loan'?"
    assert report.measures.false_alarms == 0
    assert (
        report.measures.detected,
        report.measures.incidents,
        report.measures.sensitivity,
    ) == (1, 3, 0.3333)
    alarm = next(a for a in report.alarms if a.alert_id in report.incidents[0].alarms)
    assert alarm.judged == "true"
    assert alarm.chart is not None
    place = (SPIKE.date() - alarm.chart.start).days
    upper = alarm.chart.upper[place]
    assert upper is not None
    assert alarm.chart.observed[place] > upper
    assert alarm.chart.observed[place - 7] <= upper


def test_the_alarms_are_those_of_a_replay(run: Callable[..., Result], tmp_path: Path) -> None:
    history = write(tmp_path / "history.csv")
    played = run("replay", history, "-t", "complaints", "--json")
    rows = [json.loads(line) for line in played.stdout.splitlines()]
    known = {row["alert_id"]: row for row in rows}
    fired = {row["alert_id"] for row in rows if row["state"] == "firing"}
    expected = {name for name in fired if known[name]["explained_by"] not in known}
    run("backtest", history, "-t", "complaints", "--quick", "--json", tmp_path / "r.json")
    report = reported(tmp_path / "r.json")
    assert expected
    assert expected == {alarm.alert_id for alarm in report.alarms}
    for alarm in report.alarms:
        own = [row for row in rows if row["alert_id"] == alarm.alert_id]
        worst = max(own, key=lambda row: row["excess"])
        assert worst == json.loads(alarm.alert.model_dump_json())


def test_the_report_depends_on_nothing_but_the_history(
    run: Callable[..., Result], tmp_path: Path, labels: Path, judged: Judged
) -> None:
    """Several processes, from several files elsewhere, give that of one, to the byte."""
    head, *rows = judged.history.read_text().splitlines()
    odd, even = tmp_path / "odd.csv", tmp_path / "even.csv"
    odd.write_text("\n".join([head, *rows[1::2]]) + "\n")
    even.write_text("\n".join([head, *rows[::2]]) + "\n")
    html, data = tmp_path / "again.html", tmp_path / "again.json"
    run(
        "backtest", odd, even, "-t", "complaints", "--labels", labels, "--no-made-at",
        "--html", html, "--json", data, "--jobs", 2,
    )  # fmt: skip
    shown, written = html.read_text(), data.read_text()
    assert reported(judged.json).trials
    assert shown.replace("odd.csv, even.csv", "history.csv") == judged.html.read_text()
    one_file = re.sub(r'"odd\.csv",\s+"even\.csv"', '"history.csv"', written)
    assert one_file == judged.json.read_text()
    for folder in (tmp_path, judged.history.parent):
        assert str(folder) not in shown + written


def test_a_quiet_history_has_no_alarm_and_says_so(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    history = write(tmp_path / "quiet.csv", spike=False)
    page = tmp_path / "r.html"
    told = run("backtest", history, "-t", "complaints", "--quick", "--html", page)
    assert told.exit_code == 0, told.output
    assert "0 alarms: fired, explained by no other; 0.00 a week" in told.stdout
    assert "there are no labels" in told.stdout
    assert "There would have been no alarm" in page.read_text()


def test_a_lower_threshold_and_another_setting_are_tried_beside_the_current_ones(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    history = write(tmp_path / "history.csv")
    told = run(
        "backtest", history, "-t", "complaints", "--json", tmp_path / "r.json", "--quick",
        "--try", "detect.tuning.day_excess=1000", "--try", "tables.duplicate_horizon=0",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    first, second = reported(tmp_path / "r.json").trials
    assert first.before == {"detect.tuning.day_excess": 5.0}
    assert second.before == {"tables.duplicate_horizon": 3600}
    assert (len(second.gained), len(second.lost)) == (0, 0)


def test_every_budget_of_the_curve_gives_what_a_run_with_it_gives(
    run: Callable[..., Result], tmp_path: Path, labels: Path, judged: Judged
) -> None:
    points = reported(judged.json).budgets
    assert [point.budget for point in points] == [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
    assert [point.budget for point in points if point.current] == [1.0]
    for point in (points[0], points[-1]):
        run(
            "backtest", judged.history, "-t", "complaints", "--labels", labels, "--quick",
            "--budget", point.budget, "--json", tmp_path / "one.json",
        )  # fmt: skip
        assert point.measures == reported(tmp_path / "one.json").measures


def test_the_json_report_is_what_its_schema_says(
    run: Callable[..., Result], tmp_path: Path, judged: Judged
) -> None:
    run("schema", "--out", tmp_path / "schema")
    schema = json.loads((tmp_path / "schema/backtest.schema.json").read_text())
    assert schema == documents.documents()["backtest.schema.json"]
    jsonschema.Draft202012Validator(schema).validate(json.loads(judged.json.read_text()))


class Page(HTMLParser):
    """Reads a page, and holds every element to its end."""

    VOID = frozenset({"meta", "br", "path", "rect", "link", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID or tag == "rect":
            self.open.append(tag)
        self.ids += [name] if (name := given.get("id")) else []
        href = given.get("href") or ""
        if href.startswith("#"):
            self.links.append(href[1:])
        elif href:
            self.loads.append(href)
        self.loads += [source] if (source := given.get("src")) else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def test_the_page_is_well_formed_and_needs_nothing_else(judged: Judged) -> None:
    text = judged.html.read_text()
    page = Page(text)
    assert page.open == []
    assert page.loads == []
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.links) <= set(page.ids)
    assert "Loans &lt;up&gt;" in text
    assert "<up>" not in text
    assert "<script" not in text
    assert "url(" not in text
    drawn = text.split("<svg")[1:]
    assert len(drawn) >= 4
    for one in drawn:
        ET.fromstring("<svg" + one.partition("</svg>")[0] + "</svg>")  # noqa: S314 (our own)


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("", (), "empty"),
        ("occurred_at,product\n", (), "no rows"),
        ("occurred_at\n2024-01-01T00:00:00Z\n", ("--try", "detect.bugdet=2"), "did you mean"),
        ("occurred_at\n2024-01-01T00:00:00Z\n", ("--labels", "none.csv"), "cannot be read"),
        ("occurred_at\n2024-01-01T00:00:00Z\n", ("--html", "none/r.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_judged_is_told(  # noqa: PLR0913, PLR0917 (fixtures and cases)
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    more: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "history.csv"
    file.write_text(text)
    told = run("backtest", file, "-t", "complaints", *more)
    assert told.exit_code == 1
    assert said in told.output


def test_a_topic_that_nobody_watches_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("occurred_at\n2024-01-01T00:00:00Z\n")
    told = run("backtest", file, "-t", "signups", "--set", "customer_id=1")
    assert told.exit_code == 1
    assert (
        "nothing that comes from signups is watched: detect.metrics has complaints" in told.output
    )


def test_a_history_of_one_event_is_judged(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(f"occurred_at,product\n{FIRST:%Y-%m-%d},Loan\n")
    page = tmp_path / "r.html"
    told = run("backtest", file, "-t", "complaints", "--html", page, "--json", tmp_path / "r.json")
    assert told.exit_code == 0, told.output
    assert reported(tmp_path / "r.json").measures.alarms == 0
    Page(page.read_text())
