"""The settings of notify: what is wrong is refused in words that say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streams.settings import SettingsError, load

if TYPE_CHECKING:
    from streams.core.notify.config import Notify

GOOD = """
[notify.receivers.desk]
channel = "webhook"
url = "https://desk.example/hook?token=very-secret"
[notify.receivers.phone]
channel = "apprise"
url = "json://phone.example"
[notify.people.ada]
tell = ["phone"]
[notify.hours.office]
[notify.rotas.duty]
people = ["ada"]
since = "2026-01-05"
[notify.teams.lending]
tell = ["desk"]
hours = "office"
otherwise = ["duty"]
[[notify.routes]]
name = "loans"
match = ["product=Student*", "segment!=Basic"]
tell = ["lending"]
escalate = [{after = 1800, tell = ["duty"]}, {after = 3600, tell = ["ada"]}]
"""


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def reading(text: str) -> Notify:
        file = tmp_path / "groundswell.toml"
        file.write_text(text)
        return load(file).notify

    return reading


def test_what_is_right_is_taken(read: Any) -> None:
    notify = read(GOOD)
    assert notify.routes[0].matchers == (
        ("product", "like", "Student*"),
        ("segment", "is_not", "Basic"),
    )
    assert [step.after for step in notify.routes[0].escalate] == [1800, 3600]
    assert notify.zone == "UTC"  # that of the calendar
    assert read(GOOD + '[calendar]\ntimezone = "Asia/Tokyo"\n').zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ('tell = ["lending"]', 'tell = ["landing"]', r"routes\.loans\.tell names landing.*lending"),
        ('tell = ["lending"]', 'tel = ["lending"]', r"notify\.routes\.0\.tel; did you mean 'tell'"),
        ("after = 3600", "after = 600", r"must come after the one before it"),
        ("after = 1800", "after = 5", r"greater than or equal to 60"),
        ("product=Student*", "product Student", r"routes\.0\.match: write LABEL=VALUE"),
        ("product=Student*", "prodct=Student*", r"no incident has a label prodct; did you mean"),
        ('hours = "office"', 'hours = "shop"', r"teams\.lending\.hours names shop.*office"),
        ("people.ada", "people.desk", r"receivers and people both have a desk"),
        ('since = "2026-01-05"', "", r"set since"),
        (
            'since = "2026-01-05"',
            'since = "2026-02-30"',
            r"duty\.since: day is out of range",
        ),
        ('since = "2026-01-05"', 'calendar = "x.ics"', r"either people or a calendar"),
        ('channel = "apprise"', 'channel = "slack"', r"receivers\.phone\.channel: Input should be"),
        ("[notify.hours.office]", '[notify.hours.office]\nzone = "Berlin"', r"hours\.office\.zone"),
        (
            "[notify.hours.office]",
            '[notify.hours.office]\ncountry = "XX"',
            r"no holidays",
        ),
        ("escalate =", 'digest = "08:00"\nescalate =', r"waits for a digest is not escalated"),
        ("escalate =", "repeat = 5\nescalate =", r"60 seconds at the least, or 0 for never"),
    ],
)
def test_what_is_wrong_is_named(read: Any, right: str, wrong: str, words: str) -> None:
    assert right in GOOD
    with pytest.raises(SettingsError, match=words) as caught:
        read(GOOD.replace(right, wrong))
    assert "very-secret" not in str(caught.value)


def test_what_the_page_shows_is_taken(read: Any) -> None:
    page = (Path(__file__).parents[3] / "docs" / "notify.md").read_text()
    shown = page.partition("```toml\n")[2].partition("```")[0]
    assert [route.name for route in read(shown).routes] == ["loans", "rest"]


def test_a_secret_of_a_receiver_may_stand_in_the_environment(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_NOTIFY__RECEIVERS__DESK__SECRET", "s3")
    secret = read(GOOD).receivers["desk"].secret
    assert secret is not None
    assert secret.get_secret_value() == "s3"
    monkeypatch.setenv("GROUNDSWELL_NOTIFY__RECEIVERS__DESK__SECRT", "s3")
    with pytest.raises(SettingsError, match="sets nothing"):
        read(GOOD)
