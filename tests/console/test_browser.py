"""The pages in Debian's Chromium: as they look, by keyboard alone, and live."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from console_bed import recorded, served
from playwright.sync_api import expect, sync_playwright

from schemas.topics import ACTIONS, CUSTOMERS, INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from console_bed import Bed
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no chromium"),
]
CUSTOMER = min(key.decode() for key, _ in recorded()[CUSTOMERS])
COMPLAINT = {
    "Product": "Student loan",
    "Company": "Navient Solutions, LLC.",
    "In the customer's words": "Nobody answers me.",
}
OPEN = next(
    json.loads(value)
    for _, value in recorded()[INCIDENTS]
    if json.loads(value)["state"] == "open" and "Navient" in value.decode()
)
PAGES = (
    "/",
    "/?wall=1",
    "/incidents",
    "/incidents?state=over",
    f"/incidents/{OPEN['incident_id']}",
    "/periods/2016-12",
    "/explorer",
    "/explorer?by=product&against=year",
    "/customers",
    "/customers?list=lost&month=2016-12",
    f"/customers/{CUSTOMER}",
    "/review?period=2017-01",
    "/frontline",
    "/nowhere",
    "/login",
)
expect.set_options(timeout=30_000)
GRAVE = ("error", "warning")
PHONE, WALL = (390, 844), (1920, 1080)
LOOKS: tuple[tuple[tuple[int, int], Literal["dark", "light"], bool], ...] = (
    (PHONE, "light", False),
    (PHONE, "dark", True),
    (WALL, "dark", False),
    (WALL, "light", True),
)
"""At which size and in which colours, and whether axe reads it: each size and colour once."""
PAPER = 688
"""Pixels of a line on A4: 210 mm less two margins of 14 mm."""
SOON_MS = 2_000
"""So soon a record is on the page."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, bed: Bed, path: str, **context: Any) -> tuple[Page, list[str]]:
    """Open a page; what the browser complains of is gathered."""
    page = browser.new_page(base_url=bed.url, **context)
    said: list[str] = []
    page.on("console", lambda message: said.extend([message.text] * (message.type in GRAVE)))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path)
    return page, said


@pytest.fixture(scope="module")
def looked_at(chromium: Browser, open_bed: Bed) -> tuple[Page, list[str]]:
    """Open the page on which one address after the other is looked at."""
    return opened(chromium, open_bed, "/frontline")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_is_accessible(
    looked_at: tuple[Page, list[str]], bed: Bed, path: str
) -> None:
    page, said = looked_at
    said.clear()
    page.goto(bed.url + path if path == "/login" else path)
    page.evaluate(Axe().axe_script)
    for (width, height), scheme, read in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("h1")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if read:
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            serious = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
            assert serious == []
    assert [line for line in said if path != "/nowhere" or "404" not in line] == []


def test_a_name_of_one_long_word_fits(chromium: Browser, tmp_path: Path) -> None:
    title = f"More complaints: company {'Donaudampfschifffahrt' * 9}"
    name = "0" * 16
    row = json.dumps(OPEN | {"incident_id": name, "title": title}).encode()
    with served(tmp_path, ()) as long:
        long.put(INCIDENTS, [(name.encode(), row)])
        page = chromium.new_page(base_url=long.url)
        for path in ("/", "/?wall=1", "/incidents", f"/incidents/{name}", "/frontline"):
            page.goto(path)
            for width, height in ((1280, 900), PHONE):
                page.set_viewport_size({"width": width, "height": height})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.close()


def test_the_explorer_has_one_legend(looked_at: tuple[Page, list[str]]) -> None:
    page, _ = looked_at
    page.goto("/explorer?against=year")
    expect(page.locator(".u-legend")).to_contain_text("a year ago")
    expect(page.locator("#key")).to_be_hidden()
    page.goto("/explorer?by=product")
    expect(page.locator("#key")).to_be_visible()


def test_no_table_of_the_review_is_cut_on_paper(looked_at: tuple[Page, list[str]]) -> None:
    page, _ = looked_at
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print", color_scheme="light")
    page.goto("/review?period=2017-01")
    widths = page.locator("table").evaluate_all("all => all.map(one => one.scrollWidth)")
    page.emulate_media(media="screen")
    assert len(widths) >= 5
    assert max(widths) <= PAPER


def test_a_new_incident_comes_onto_the_page_by_itself(chromium: Browser, open_bed: Bed) -> None:
    page, said = opened(chromium, open_bed, "/?wall=1")
    expect(page.get_by_role("heading", name="1 incident open")).to_be_visible()
    title = "More complaints: <img src=x onerror=alert(1)>"
    row = OPEN | {"incident_id": "00000000000000ab", "title": title, "excess": 9_999.0}
    open_bed.put(INCIDENTS, [(b"00000000000000ab", json.dumps(row).encode())])
    expect(page.locator(".incident h2").first).to_have_text(title, timeout=SOON_MS)
    expect(page.get_by_role("heading", name="2 incidents open")).to_be_visible()
    over = row | {"state": "resolved", "resolved_at": row["at"]}
    open_bed.put(INCIDENTS, [(b"00000000000000ab", json.dumps(over).encode())])
    expect(page.get_by_role("heading", name="1 incident open")).to_be_visible()
    assert said == []


def test_a_page_goes_on_after_the_console_was_started_again(
    chromium: Browser, tmp_path: Path
) -> None:
    with served(tmp_path, ()) as first:
        page, _ = opened(chromium, first, "/")
        expect(page.get_by_role("heading", name="1 incident open")).to_be_visible()
        port = int(first.url.rpartition(":")[2])
    with served(tmp_path, (), port) as second:
        row = OPEN | {"incident_id": "00000000000000ac", "title": "It goes on"}
        second.put(INCIDENTS, [(b"00000000000000ac", json.dumps(row).encode())])
        expect(page.get_by_role("heading", name="It goes on")).to_be_visible()
    page.close()


def test_an_incident_is_acknowledged_by_keyboard_alone(chromium: Browser, bed: Bed) -> None:
    page, said = opened(chromium, bed, "/")
    page.keyboard.type("token-of-a-responder")  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="incident open")).to_be_visible()
    press_until(page, OPEN["title"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(OPEN["title"])
    bed.sent.clear()
    press_until(page, "Note")
    page.keyboard.type("I look into it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("I look into it")).to_be_visible()
    topic, _, value = bed.sent[0]
    sent = json.loads(value)
    assert (topic, sent["kind"], sent["by"]) == (ACTIONS, "acknowledged", "A responder")
    assert said == []


def test_a_complaint_is_logged_by_keyboard_alone(chromium: Browser, bed: Bed) -> None:
    page, said = opened(chromium, bed, "/frontline")
    page.keyboard.type("token-of-a-frontline")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Log a complaint")).to_be_visible()
    page.keyboard.type(CUSTOMER)  # the first field has the focus
    page.keyboard.press("Tab")
    expect(page.locator("#beside")).to_contain_text("worth a month")
    for field, text in COMPLAINT.items():
        press_until(page, field)
        page.keyboard.type(text)
    expect(page.locator("#beside")).to_contain_text("this is known")
    bed.sent.clear()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("logged")
    topic, key, value = bed.sent[0]
    assert (topic, key.decode()) == ("complaints", CUSTOMER)
    event = json.loads(value)
    assert {name.capitalize(): event[name] for name in ("product", "company")} == {
        name: COMPLAINT[name] for name in ("Product", "Company")
    }
    assert event["text"] == COMPLAINT["In the customer's words"]
    assert said == []


def press_until(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    script = (
        "(() => { const one = document.activeElement;"
        " return (one.labels?.[0] ?? one).textContent.trim() })()"
    )
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(script) == name:
            return
    pytest.fail(f"Tab does not lead to {name}")
