from __future__ import annotations

from datetime import UTC, datetime

from review_rows import action

from streams.readmodel.questions import questions
from streams.readmodel.review.people import in_time

NOW = datetime(2017, 2, 20, 12, tzinfo=UTC)


def test_open_questions_come_first_and_of_these_those_asked_most_this_week() -> None:
    asked = [
        action(1, "question_opened", "old", note="Is the form gone?"),
        action(14, "question_opened", "fee", note="Why the fee?"),
        action(15, "question_opened", "fee", note="The fee?"),
        action(16, "question_opened", "done", note="When?"),
        action(17, "question_answered", "done", note="On Monday."),
        action(18, "question_assigned", "fee", owner="Grace"),
    ]
    found = questions(in_time(reversed(asked)), NOW)
    assert [(one.name, one.asked, one.owner, one.answer) for one in found] == [
        ("fee", 2, "Grace", None),
        ("old", 0, None, None),
        ("done", 1, None, "On Monday."),
    ]
    assert found[0].text == "Why the fee?"


def test_an_answer_stays_for_a_week_and_asked_again_it_is_open_again() -> None:
    opened = action(1, "question_opened", "q", note="When?")
    early = action(2, "question_answered", "q", note="Soon.")
    assert questions([opened, early], NOW) == []
    assert [one.answer for one in questions([opened, early], datetime(2017, 2, 5, tzinfo=UTC))] == [
        "Soon."
    ]
    (again,) = questions([opened, early, action(19, "question_opened", "q", note="Yes?")], NOW)
    assert (again.answer, again.asked, again.text) == (None, 1, "When?")


def test_an_answer_to_nothing_is_none() -> None:
    assert questions([action(1, "question_answered", "q", note="Soon.")], NOW) == []
