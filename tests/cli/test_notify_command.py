"""groundswell notify --test, and what doctor says of receivers and templates."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from receiving import Receiver, receiver

from streams.cli.receiver_checks import receivers
from streams.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SETTINGS = """
[links]
base_url = "https://groundswell.example"
[notify.receivers.desk]
channel = "webhook"
url = "{url}"
secret = "very-secret"
private = true
[notify.receivers.phone]
channel = "apprise"
url = "slack://very-secret"
[[notify.routes]]
name = "all"
tell = ["desk"]
[[notify.routes]]
name = "broken"
tell = ["desk", "phone"]
"""


@contextmanager
def listening(answers: Sequence[int] = ()) -> Iterator[Receiver]:
    """Run a receiver in a thread of its own: the command has the main one."""
    loop, found, stop = asyncio.new_event_loop(), [], asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        async with receiver(answers) as there:
            found.append(there)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(60)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def write(folder: Path, url: str = "http://127.0.0.1:9/", more: str = "") -> Path:
    file = folder / "settings.toml"
    file.write_text(more + SETTINGS.format(url=url))
    return file


def test_a_trial_says_of_each_receiver_what_came_of_it(run: Run, tmp_path: Path) -> None:
    with listening() as there:
        done = run("notify", "--test", "all", "--settings", write(tmp_path, there.url))
    assert done.exit_code == 0, done.output
    assert "desk: delivered (taken)" in done.output
    [got] = there.got
    body = json.loads(got.body)
    assert body["subject"] == "[info] Test: does this arrive?"
    assert "Nothing has happened" in body["why"]


def test_a_trial_that_somebody_did_not_get_fails(run: Run, tmp_path: Path) -> None:
    with listening([500]) as there:
        done = run("notify", "--test", "broken", "--settings", write(tmp_path, there.url))
    assert done.exit_code == 1
    assert "desk: failed (HTTP 500)" in done.output
    assert "phone: refused (receiver phone: Apprise does not take its URL)" in done.output
    assert "very-secret" not in done.output


def test_a_route_that_is_not_there_is_answered_with_those_that_are(
    run: Run, tmp_path: Path
) -> None:
    done = run("notify", "--test", "nights", "--settings", write(tmp_path))
    assert done.exit_code == 1
    assert "there is no route nights; there is all, broken" in done.output


def test_a_template_that_cannot_be_used_stops_it(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "text.j2"
    own.write_text("{{ nothing }}")
    file = write(tmp_path, more=f'[notify.templates]\ntext = "{own}"\n')
    done = run("notify", "--settings", file)
    assert done.exit_code == 1
    assert "'nothing' is undefined" in done.output


@pytest.mark.parametrize(("source", "level"), [("{{ title }}", "ok"), ("{{ nothing }}", "fail")])
def test_doctor_tries_receivers_and_templates(tmp_path: Path, source: str, level: str) -> None:
    own = tmp_path / "text.j2"
    own.write_text(source)
    file = write(tmp_path, more=f'[notify.templates]\ntext = "{own}"\n')
    found = receivers(load(file))
    assert [(one.level, one.what) for one in found] == [
        ("fail", "receivers"),
        ("ok", "receivers"),
        (level, "templates"),
    ]
    assert found[0].text == "receiver phone: Apprise does not take its URL"
    assert found[1].text == "desk by webhook"
    assert not [one for one in found if "very-secret" in one.text]


def test_a_webhook_without_a_secret_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[notify.receivers.desk]\nchannel = "webhook"\nurl = "https://x.example/"\n')
    [found] = receivers(load(file))
    assert found.text == "receiver desk: a webhook needs a secret: what it gets is signed"
