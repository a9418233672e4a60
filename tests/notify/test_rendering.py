from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from receiving import message

from streams.notify import chart, rendering
from streams.notify.context import harmless
from streams.notify.specimen import INCIDENT, ITEM

if TYPE_CHECKING:
    from pathlib import Path


def test_a_message_says_all_that_somebody_woken_by_it_needs() -> None:
    made = rendering.load({}, "https://groundswell.example/", "Europe/Berlin").render(message())
    for wanted in (
        "It has just opened.",
        "24 seen, 4.9 expected (4.9 times)",
        "Since 2017-01-18 01:00 (Europe/Berlin)",
        "about 24, worth 500,000 JPY and 12,345.00 USD a month",
        "- product Student loan: 23, where 4.3 were expected (98% of the excess)",
        "> They raised my payment and […] would not say why.",
        "https://groundswell.example/incidents/0000000000000000",
        "What to do: http://127.0.0.1:6066/docs/runbook#a-rise-of-complaints",
        "notification c4d1a07be92f6358",
    ):
        assert wanted in made.text
    assert made.subject == "Opened: more complaints"
    assert made.link == "https://groundswell.example/incidents/0000000000000000"
    assert '<img src="cid:chart.png" alt="The last 15 days' in made.html


def test_only_a_message_that_may_be_a_repetition_says_so() -> None:
    templates = rendering.load({})
    assert "may have reached you" not in templates.render(message()).text
    again = templates.render(message(may_repeat=True))
    assert "may have reached you" in again.text
    assert "may have reached you" in again.html


def test_links_are_absolute_or_left_out() -> None:
    own = INCIDENT | {"runbook": "docs/runbook#x"}
    without = rendering.load({}).render(message(incidents=[own]))
    assert without.link is None
    assert "What to do" not in without.text
    based = rendering.load({}, "https://g.example/base").render(message(incidents=[own]))
    assert "What to do: https://g.example/base/docs/runbook#x" in based.text


def test_what_customers_write_is_shown_and_neither_markup_nor_a_call() -> None:
    own = INCIDENT | {"samples": ["<img src=x> @everyone <!channel> <@U1> {{ 7 * 7 }}\nnext"]}
    made = rendering.load({}).render(message(incidents=[own]))
    assert "<img src=x" not in made.html
    assert "&lt;img src=x" in made.html
    for call in ("@everyone", "<!channel>", "<@U1>"):
        assert call not in made.text
    assert "{{ 7 * 7 }} next" in made.text


@pytest.mark.parametrize("plain", ["a < b", "name@", "5 <6", "@ home", "<b>"])
def test_what_calls_nobody_stays_as_it_is(plain: str) -> None:
    assert harmless(plain) == plain


def test_a_subject_is_one_line() -> None:
    made = rendering.load({}).render(message(subject="Opened:\r\nBcc: all@example.com"))
    assert made.subject.splitlines() == ["Opened: Bcc: all@\u200bexample.com"]


def test_a_digest_tells_of_each_of_its_messages() -> None:
    other = ITEM | {"title": "More complaints: product <Mortgage>", "incident_id": "1" * 16}
    made = rendering.load({}, "https://g.example").render(
        message(incidents=[], items=[ITEM, other])
    )
    assert "2017-01-19 info More complaints: product <Mortgage>" in made.text
    assert f"https://g.example/incidents/{'1' * 16}" in made.text
    assert "product &lt;Mortgage&gt;" in made.html
    assert made.chart is None


def test_users_may_give_a_template_of_their_own_for_each_part(tmp_path: Path) -> None:
    file = tmp_path / "subject.j2"
    file.write_text("[{{ severity }}] {{ title }} ({{ customers }} customers)")
    made = rendering.load({"subject": file}).render(message())
    assert made.subject.startswith("[warning] A trial: more complaints")
    assert made.subject.endswith("(24 customers)")
    assert "Where it comes from" in made.text


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ subject.__class__.__mro__ }}", "unsafe"),
        ("{{ incident.update({}) }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "TypeError"),
        ("{{ nothing_of_that_name }}", "undefined"),
        ("{% if %}", "line 1"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{% for n in range(10000000) %}x{% endfor %}", "OverflowError"),
    ],
)
def test_a_template_that_cannot_be_used_is_found_before_it_is_needed(
    tmp_path: Path, source: str, why: str
) -> None:
    file = tmp_path / "text.j2"
    file.write_text(source)
    with pytest.raises(rendering.TemplatesError, match=why):
        rendering.load({"text": file})


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(rendering.TemplatesError, match=r"gone\.j2 cannot be read: No such file"):
        rendering.load({"html": tmp_path / "gone.j2"})


def test_the_chart_is_a_picture_with_a_red_bar_on_the_day_beyond_its_bound() -> None:
    picture = chart.picture(INCIDENT["curve"])
    assert picture is not None
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (chart.WIDTH, chart.HEIGHT)
    data = picture[picture.index(b"IDAT") + 4 :]
    rows = zlib.decompressobj().decompress(data)
    red = [n % (width + 1) - 1 for n, value in enumerate(rows) if value == 2]
    assert min(red) >= width * 14 // 15
    assert chart.picture(None) is None
