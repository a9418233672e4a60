"""Takes the pictures of the console that stand in the docs: `make pictures`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from console_bed import recorded, served
from playwright.sync_api import sync_playwright

from schemas.topics import INCIDENTS

WIDTH: Final = 1280
DOCS: Final = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Take them; the exit status is 1 where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("no chromium: apt-get install chromium", file=sys.stderr)  # noqa: T201
        return 1
    navient = next(
        found["incident_id"]
        for found in (json.loads(value) for _, value in recorded()[INCIDENTS])
        if found["state"] == "open" and "Navient" in found["title"]
    )
    pictures = {"now": ("/", 850), "incident": (f"/incidents/{navient}", 900)}
    with TemporaryDirectory() as folder, served(Path(folder), ()) as bed, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (path, height) in pictures.items():
            page = browser.new_page(
                base_url=bed.url, viewport={"width": WIDTH, "height": height}, color_scheme="light"
            )
            page.goto(path)
            page.wait_for_load_state("load")
            page.wait_for_timeout(1_000)  # charts are drawn; nobody waits for it but who calls it
            page.screenshot(path=DOCS / f"console-{name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
