"""The page on reading shows the code of `examples/clients`, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reading.md").read_text()
SHOWN = re.findall(r"<!-- (examples/clients/\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
"""The files that are shown, each with what is shown of it."""
WHOLE = {"package.json", "pom.xml", "go.mod", "go.sum"}
"""What a build needs besides: not shown."""


def test_every_client_is_on_the_page() -> None:
    files = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "examples" / "clients").rglob("*.*")
        if path.is_file() and path.name not in WHOLE
    }
    assert {name for name, _ in SHOWN} == files
    assert len(files) == 9


@pytest.mark.parametrize(("name", "shown"), SHOWN, ids=[name for name, _ in SHOWN])
def test_what_is_shown_stands_in_the_file(name: str, shown: str) -> None:
    assert len(shown) > 100
    assert shown in (ROOT / name).read_text()


def test_everyone_reads_by_read_committed() -> None:
    settings = {
        "python": '"isolation.level": "read_committed"',
        "js": "readUncommitted: false",
        "go": "kgo.FetchIsolationLevel(kgo.ReadCommitted())",
        "java": 'settings.put("isolation.level", "read_committed")',
        "sql": "'properties.isolation.level' = 'read_committed'",
        "properties": "consumer.isolation.level=read_committed",
    }
    for language, setting in settings.items():
        blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
        assert any(setting in block for block in blocks), language
