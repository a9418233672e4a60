"""groundswell deadletter list and export: what was refused, for people to look at and correct."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from refused_events import LETTERS, event, letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from refused_events import RefusedEvents

    Run = Callable[..., Result]


def test_list_counts_by_topic_and_reason_with_the_latest_of_each(
    deadletter: Run, refused: RefusedEvents
) -> None:
    refused.refuse(LETTERS)
    result = deadletter("list")
    assert result.exit_code == 0, result.output
    assert [row.split() for row in result.stdout.splitlines()[1:]] == [
        ["complaints", "bad_time", "2", "2017-01-18", "09:30", "complaints:1:1", "why", "bad_time"],
        ["complaints", "not_utf8", "1", "2017-01-19", "09:30", "complaints:1:3", "why", "not_utf8"],
        [
            "complaints",
            "null_value",
            "1",
            "2017-01-18",
            "09:30",
            "complaints:1:2",
            "why",
            "null_value",
        ],
        [
            "signups",
            "missing_field",
            "1",
            "2017-01-18",
            "09:30",
            "signups:1:0",
            "why",
            "missing_field",
        ],
        ["5", "refused", "events"],
    ]


def test_list_says_when_there_are_none(deadletter: Run) -> None:
    assert deadletter("list").stdout == "no refused events\n"


def test_filters_go_by_topic_reason_and_time_of_the_refusal(
    refused: RefusedEvents, export: Callable[..., list[dict[str, Any]]]
) -> None:
    refused.refuse(LETTERS)

    def found(*arguments: str) -> list[tuple[str, int]]:
        return [(row["topic"], row["offset"]) for row in export(*arguments)]

    assert found("--topic", "signups") == [("signups", 0)]
    assert found("--reason", "bad_time", "--reason", "null_value") == [
        *(("complaints", 0), ("complaints", 1), ("complaints", 2)),
    ]
    assert found("--since", "2017-01-19") == [("complaints", 3)]
    assert found("--since", "2017-01-19T10:30:00+01:00") == [("complaints", 3)]
    assert found("--topic", "signups", "--reason", "bad_time") == []


def test_an_export_has_text_where_it_is_text_and_base64_elsewhere(
    refused: RefusedEvents, export: Callable[..., list[dict[str, Any]]]
) -> None:
    refused.refuse(LETTERS)
    rows = export("--topic", "complaints")
    assert rows[0] == {
        "topic": "complaints",
        "partition": 1,
        "offset": 0,
        "reason": "bad_time",
        "detail": "why bad_time",
        "at": "2017-01-18T09:30:00Z",
        "key": "cust-42",
        "payload": event("a", "soon", product="Loan").decode(),
    }
    assert rows[1]["key"] is None
    assert rows[2]["payload"] is None
    assert "key" not in rows[2]
    assert rows[2]["key_base64"] == b64encode(b"\xff").decode()
    assert rows[3]["payload_base64"] == b64encode(b'{"event_id": "\xff"}').decode()


def test_an_event_that_another_app_refused_too_is_one(
    deadletter: Run, refused: RefusedEvents
) -> None:
    refused.refuse([LETTERS[0], letter(0, event("a", "soon"), at=1_500_000_000)])
    assert "1 refused event\n" in deadletter("list").stdout


def test_an_export_does_not_write_over_corrections(deadletter: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("corrected")
    result = deadletter("export", file)
    assert result.exit_code == 1
    assert "is there already, perhaps with corrections" in result.stderr
    assert file.read_text() == "corrected"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--topic", "complaint"], "did you mean 'complaints' or 'complaint_updates'?"),
        (["list", "--since", "soon"], "--since 'soon' is no time"),
        (["replay", "nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file"),
        (["export", "nowhere/at/all.jsonl"], "cannot be written"),
    ],
)
def test_what_cannot_be_used_is_told(deadletter: Run, arguments: list[str], told: str) -> None:
    result = deadletter(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr
