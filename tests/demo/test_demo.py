"""The whole demo, in short: three weeks of complaints, as few as it plays."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterable

import pytest

from schemas.topics import HISTORY
from streams.core.pipeline import Pipeline
from streams.core.stage import Record, Send
from streams.demo.events import company_of, events
from streams.demo.fault_injection import COUNTED, TOPICS
from streams.demo.run import Options, messages
from streams.readmodel import wording
from streams.readmodel.model import ReadModel
from streams.settings import Settings

DEADLINE_S = 600.0
DAYS = 21
COMMAND = [
    sys.executable,
    "-c",
    "from streams.cli.main import app; app()",
    *("demo", "--days", str(DAYS), "--speed", "1000000", "--port", "0"),
]
WALL = 1.7e9
OPTIONS = Options(speed=1, days=DAYS, seed=1, port=0, leave=True)
ROW = r"^ ?(\w+) +((?:[\d,]+ +){4})yes"


@pytest.fixture(scope="module")
def demo() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "--exit"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        env=os.environ | {"COLUMNS": "120"},
    )


def test_it_ends_well(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""


def test_every_event_is_accounted_for(demo: subprocess.CompletedProcess[str]) -> None:
    rows = {
        name: [int(number.replace(",", "")) for number in numbers.split()]
        for name, numbers in re.findall(
            r"^ ?(\w+) +((?:[\d,]+ +){4})yes", demo.stdout, re.MULTILINE
        )
    }
    assert tuple(rows) == TOPICS
    assert [refused for _, _, refused, _ in rows.values()] == [24] * len(TOPICS)
    assert [late for _, _, _, late in rows.values()] == [5] * len(COUNTED) + [0, 0, 0]
    for sent, folded, refused, late in rows.values():
        assert sent == folded + refused + late
        assert folded > 0
    complaints = sum(event.topic == "complaints" for event in events(company_of(1), OPTIONS.end))
    assert rows["complaints"] == [complaints + 24, complaints - 5, 24, 5]


def test_the_numbers_of_its_months_are_the_true_ones(
    demo: subprocess.CompletedProcess[str],
) -> None:
    told = re.search(r"All ([\d,]+) numbers of the periods", demo.stdout)
    assert told
    assert int(told[1].replace(",", "")) > 5_000


def test_the_five_numbers_come_before_anything_else(
    demo: subprocess.CompletedProcess[str],
) -> None:
    summary = demo.stdout[demo.stdout.index(" events of ") :].splitlines()
    assert summary[1].startswith("Customers in July 2016, as of 2016-07-2")
    told = [line.split() for line in summary[3:]]
    for name in ("opening", "new", "lost", "closing", "renewed", "revenue", "referrals"):
        row = next(cells for cells in told if cells[:1] == [name])
        assert int(row[1].replace(",", "")) > 0, row


def test_its_alerts_are_those_of_a_replay_of_the_same_events(
    demo: subprocess.CompletedProcess[str],
) -> None:
    pipeline = Pipeline(Settings())
    board = ReadModel()
    offsets = Counter[str]()
    for message in messages(OPTIONS):
        record = Record(offsets[message.topic], message.key, message.value)
        offsets[message.topic] += 1
        feed(board, pipeline.process(message.topic, [record], WALL))
    feed(board, pipeline.finish(WALL))
    expected = [line for line in map(wording.line, board.transitions) if line]

    assert expected
    assert [line for line in demo.stdout.splitlines() if line in expected] == expected
    assert demo.stdout.count(" ALERT ") == sum(" ALERT " in line for line in expected)


def feed(board: ReadModel, sends: Iterable[Send]) -> None:
    for send in sends:
        if send.topic == HISTORY and send.key and send.value:
            board.apply(HISTORY, send.key, send.value)


def test_it_ends_with_what_to_do_next(demo: subprocess.CompletedProcess[str]) -> None:
    assert "groundswell replay FILE --topic complaints --map occurred_at=COLUMN" in demo.stdout
    assert demo.stdout.splitlines()[-1].endswith("run it without --exit.")


def test_it_says_that_nothing_lasts(demo: subprocess.CompletedProcess[str]) -> None:
    assert "in memory" in demo.stdout
    assert re.search(r"pages to look at: http://127\.0\.0\.1:\d+/\n", demo.stdout)


def test_without_exit_it_serves_metrics_until_ctrl_c() -> None:
    process = subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        url, printed = None, ""
        for line in process.stdout:
            printed += line
            if found := re.search(r"goes on: (\S+)/metrics", line):
                url = found[1]
                break
        assert url, printed
        said = next(line for line in process.stdout if " tail metrics " in line)
        tail = subprocess.run(
            [*COMMAND[:3], *said.split()[1:]],
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
        assert (tail.returncode, tail.stderr) == (0, "")
        assert tail.stdout.startswith("2016-06-30  complaints, all of them  ")
        with urllib.request.urlopen(f"{url}/metrics", timeout=60) as answer:
            metrics = answer.read().decode()
        assert re.search(r'^groundswell_events_total{.*topic="complaints"', metrics, re.MULTILINE)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_ctrl_c_before_the_end_says_so() -> None:
    process = subprocess.Popen(
        [*COMMAND, "--speed", "1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        assert any("playing" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(DEADLINE_S) == 130
        assert rest.splitlines()[-1] == "Stopped before the end."
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
