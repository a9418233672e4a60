"""Questions of the front line: asked, given an owner, answered; read off the actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.readmodel.review.people import ActionRecord

WEEK: Final = timedelta(days=7)


class Question(NamedTuple):
    """A question; `asked` counts how often within the week, `answer` is None while it is open."""

    name: str
    text: str
    asked: int
    asked_by: str
    asked_at: str
    owner: str | None
    answer: str | None
    answered_by: str | None
    answered_at: str | None


def questions(actions: Iterable[ActionRecord], now: datetime) -> list[Question]:
    """Return the questions of the week: those open first, of these those asked most.

    A question that is not answered stays however old it is; one that is answered stays for a week
    after it was asked or answered last. One that is asked again after its answer is open again.

    Args:
        actions: in the order of their time, each once.
        now: aware.
    """
    since = now - WEEK
    found: dict[str, Question] = {}
    for one in actions:
        held = found.get(one.about)
        if one.kind == "question_opened":
            lately = int(datetime.fromisoformat(one.at) >= since)
            if held is None:
                found[one.about] = Question(
                    one.about, one.note or "", lately, one.by, one.at, one.owner, None, None, None
                )
            else:
                found[one.about] = held._replace(
                    asked=held.asked + lately, asked_at=one.at, answer=None, answered_at=None
                )
        elif held is None:
            continue
        elif one.kind == "question_assigned":
            found[one.about] = held._replace(owner=one.owner)
        elif one.kind == "question_answered":
            found[one.about] = held._replace(
                answer=one.note, answered_by=one.by, answered_at=one.at
            )
    shown = [one for one in found.values() if one.answered_at is None or _last(one) >= since]
    return sorted(
        shown, key=lambda one: (one.answered_at is not None, -one.asked, one.asked_at, one.name)
    )


def _last(one: Question) -> datetime:
    asked = datetime.fromisoformat(one.asked_at)
    return asked if one.answered_at is None else max(asked, datetime.fromisoformat(one.answered_at))
