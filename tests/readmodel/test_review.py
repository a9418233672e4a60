from __future__ import annotations

import csv
import io

import msgspec
import pytest
from review_rows import AT, BOTH, LEFT, NOBODY, action, customer, period, published, reviewed

from schemas.reviews import LossReview
from schemas.topics import TOPICS
from streams.core.event_time.formats import utc
from streams.readmodel.periods import Part
from streams.readmodel.review.document import html, markdown
from streams.readmodel.review.draw import Callers
from streams.readmodel.review.lines import COLUMNS, csv_rows, tables
from streams.readmodel.review.people import in_time, issues
from streams.readmodel.review.review import NoPeriodError, Review, Sources, review_of
from streams.readmodel.review.row import row_of
from streams.readmodel.review.span import span


@pytest.mark.parametrize(
    ("name", "against"),
    [
        ("2017-01", ["2016-12", "2016-11", "2016-10", "2016-01"]),
        ("2017-Q1", ["2016-Q4", "2016-Q3", "2016-Q2", "2016-Q1"]),
    ],
)
def test_a_period_is_held_against_three_before_and_a_year_ago(
    name: str, against: list[str]
) -> None:
    found = span(name)
    assert found is not None
    assert (found.name, found.against()) == (name, against)


@pytest.mark.parametrize("name", ["2017", "2017-13", "2017-Q5", "2017-1", "2017-W03", "", "x"])
def test_what_is_no_month_or_quarter_is_refused(name: str) -> None:
    assert span(name) is None
    with pytest.raises(NoPeriodError, match="no month"):
        reviewed([], name=name)


def test_a_period_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NoPeriodError, match="from 2017-01 to 2017-02"):
        reviewed([], name="2016-05")


def test_who_left_comes_by_worth_with_group_tenure_and_reason() -> None:
    found = reviewed(LEFT).left
    assert [one.customer_id for one in found] == ["b", "c", "a"]
    first = found[0]
    assert (first.worth, first.currency, first.segment, first.tier) == (300, "USD", "home", "gold")
    assert (first.days, first.reason, first.avoidable) == (369, "price", True)


def test_the_end_of_a_period_is_not_in_it_and_its_beginning_is() -> None:
    edges = [customer("in", "2017-01-01T00:00:00Z"), customer("out", "2017-02-01T00:00:00Z")]
    assert [one.customer_id for one in reviewed(edges).left] == ["in"]


def test_the_currency_of_most_losses_comes_first_and_who_was_worth_nothing_last() -> None:
    rows = [
        customer("nothing", "2017-01-02T00:00:00Z", 0),
        customer("yen", "2017-01-02T00:00:00Z", 90_000, currency="JPY"),
        customer("x", "2017-01-02T00:00:00Z", 1),
        customer("y", "2017-01-02T00:00:00Z", 2),
    ]
    assert [one.customer_id for one in reviewed(rows).left] == ["y", "x", "yen", "nothing"]


def test_complaints_before_the_loss_count_with_what_became_of_them() -> None:
    told = [
        {"at": "2016-12-01T00:00:00Z", "product": None, "issue": "Late", "status": "resolved"},
        {"at": "2016-12-02T00:00:00Z", "product": None, "issue": "Rude", "status": None},
        {"at": "2016-12-03T00:00:00Z", "product": None, "issue": "Rude", "status": "answered"},
        {"at": "2017-02-01T00:00:00Z", "product": None, "issue": "Fee", "status": None},
    ]
    found = reviewed([customer("a", "2017-01-03T00:00:00Z", complaints=told)]).left[0].complaints
    assert found is not None
    assert (found.count, found.issues, found.unanswered) == (3, ["Rude", "Late"], 1)
    assert found.handled == {"resolved": 1, "answered": 1}


def test_words_are_those_until_the_customer_came_back() -> None:
    back = {"kind": "reactivated", "at": "2017-02-01T00:00:00Z", "reason": "unknown", "values": {}}
    said = [
        {"at": "2016-12-01T00:00:00Z", "topic": "complaints", "text": "Rude | <i>"},
        {"at": "2017-02-02T00:00:00Z", "topic": "cancellations", "text": "Enough."},
    ]
    gone = customer("a", "2017-01-03T00:00:00Z", words=said)
    returned = customer("b", "2017-01-03T00:00:00Z", words=said, later=[back])
    review = reviewed([gone, returned, customer("c", "2017-01-03T00:00:00Z")])
    texts = {one.customer_id: [words.text for words in one.words] for one in review.left}
    assert texts == {"a": ["Rude | <i>", "Enough."], "b": ["Rude | <i>"], "c": []}
    assert "2016-12-01, complaining | Rude \\| \\<i\\>" in markdown(review)
    assert "2017-02-02, leaving</td>" in html(review)


def test_a_row_of_an_older_release_says_what_it_knows() -> None:
    old = customer("a", "2017-01-03T00:00:00Z", losses=None, complaints=None)
    older = customer("b", "2017-01-03T00:00:00Z", movements=None)
    review = reviewed([old, older])
    (one,) = review.left
    assert (one.segment, one.avoidable, one.complaints) == ("later", None, None)
    assert review.unnamed == 2


def test_who_pays_less_stands_apart() -> None:
    less = {"kind": "contraction", "at": "2017-01-09T00:00:00Z", "reason": "fewer seats",
            "values": {"USD": 30}}  # fmt: skip
    review = reviewed([*LEFT, customer("s", None, later=[less])])
    assert [(one.customer_id, one.worth, one.reason) for one in review.partial] == [
        ("s", 30, "fewer seats")
    ]
    assert "s" not in {one.customer_id for one in review.left}


def test_reasons_are_ranked_and_held_against_the_last_periods() -> None:
    rows = [
        period("2017-01", {"price": 2, "service": 3, "other": 9}),
        period("2016-12", {"price": 5, "moved": 1}),
        period("2016-11", {"service": 2, "other": 4}),
    ]
    review = review_of("2017-01", Sources([], rows, [], []), NOBODY)
    assert review.against == ["2016-12", "2016-11"]
    counts = [
        (one.label, one.now.count, [None if past is None else past.count for past in one.earlier])
        for one in review.reasons
    ]
    # November has `other`: price may be among it. December has not, so service was 0 there.
    assert counts == [
        ("service", 3, [0, 2]),
        ("price", 2, [5, None]),
        ("moved", 0, [1, None]),
        ("other", 9, [0, 4]),
    ]


def test_reasons_are_ranked_by_money_in_each_currency_too() -> None:
    row = period("2017-01", {"price": 3, "service": 1, "moved": 1})
    worth = {"price": {"USD": 300}, "service": {"USD": 900, "EUR": 50}, "moved": {"EUR": 150}}
    row.parts["lost"]["reason"] = [
        Part(label=one.label, count=one.count, values=worth[one.label])
        for one in row.parts["lost"]["reason"]
    ]
    row.numbers["lost"].values = {"USD": 1_200, "EUR": 200}
    before = period("2016-12", {"price": 5, "moved": 1})
    review = review_of("2017-01", Sources([], [row, before], [], []), NOBODY)
    assert [line[:4] for line in tables(review)["money"].rows] == [
        ("service", "9.00 USD", "75%", "0.00 USD"),
        ("price", "3.00 USD", "25%", "5.00 USD"),
        ("moved", "1.50 EUR", "75%", "0.00 EUR"),
        ("service", "0.50 EUR", "25%", "0.00 EUR"),
    ]


def test_the_next_review_shows_the_outcomes_that_were_entered() -> None:
    january = published(reviewed(LEFT, callers=BOTH))
    back = {"kind": "reactivated", "at": "2017-03-01T00:00:00Z", "reason": "unknown", "values": {}}
    now = [customer("a", "2017-01-03T00:00:00Z", 100, later=[back]), *LEFT[2:]]  # b is forgotten
    said = [
        action(1, "call_planned", "a", customer_id="a", review="2017-01"),
        action(3, "call_made", "b", customer_id="b", outcome="not_reached", review="2017-01"),
        action(4, "call_made", "b", customer_id="b", outcome="would_return", review="2017-01",
               reason="service"),
        action(5, "issue_opened", "i1", note="Invoices come twice", review="2017-01"),
        action(6, "issue_assigned", "i1", owner="Grace", due_at="2017-03-01T00:00:00Z"),
        action(7, "issue_opened", "i2", note="Slow answers", review="2017-01", owner="Ada"),
        action(8, "issue_done", "i2", note="Two more people"),
    ]  # fmt: skip
    last = reviewed(now, said, [january], "2017-02", BOTH).last
    assert last is not None
    assert last.period == "2017-01"
    calls = {one.customer_id: one for one in last.calls}
    assert set(calls) == {"a", "b", "c"}
    assert calls["a"].returned_at == "2017-03-01T00:00:00Z"
    assert (calls["a"].outcome, calls["b"].outcome) == (None, "would_return")
    assert calls["b"].talk is not None
    assert (calls["b"].reason, calls["b"].talk.reason) == ("price", "service")
    assert calls["c"].talk is None
    assert [(one.text, one.owner, one.done_at) for one in last.issues] == [
        ("Invoices come twice", "Grace", None),
        ("Slow answers", "Ada", "2017-02-08T10:00:00Z"),
    ]
    assert reviewed(LEFT, callers=BOTH, reviews=[january]).last is None  # its own is no earlier one


def test_reasons_stated_are_held_against_those_found() -> None:
    said = [
        action(n, "call_made", name, customer_id=name, outcome="reason_found", reason="service")
        for n, name in enumerate("ab", 1)
    ]
    assert reviewed(LEFT, said, callers=BOTH).found == {("price", "service"): 2}


def test_issues_of_the_costliest_reason_come_first_and_those_done_elsewhere_are_gone() -> None:
    said = [
        action(1, "issue_opened", "other", note="Unasked", review="2017-01"),
        action(2, "issue_opened", "service", note="Slow", review="2017-01", reason="service"),
        action(3, "issue_opened", "price", note="Dear", review="2016-12", reason="price"),
        action(4, "issue_opened", "old", note="Old", review="2016-12"),
        action(5, "issue_done", "old"),
    ]
    assert [one.issue_id for one in reviewed(LEFT, said).issues] == ["price", "service", "other"]


def test_actions_count_once_and_by_their_time() -> None:
    opened = action(2, "issue_opened", "i", note="New")
    done = action(3, "issue_done", "i")
    (issue,) = issues(in_time([done, opened, done, opened]))
    assert issue.done_at == done.at
    (again,) = issues(in_time([action(4, "issue_opened", "i", note="Again"), done, opened]))
    assert (again.text, again.done_at) == ("Again", None)
    late = utc(1_600_000_000)
    due = again._replace(due_at="2017-03-01T00:00:00Z")
    assert due.is_overdue(late)
    assert not due.is_overdue(utc(0))
    assert not again.is_overdue(late)


def test_what_is_published_is_of_its_schema_and_names_only_who_is_called() -> None:
    said = [action(1, "issue_opened", "i", note="Dear", owner="Ada", due_at="2017-03-01T00:00:00Z")]
    row = row_of(reviewed(LEFT, said, callers=Callers(("Ada",), 1)), "Ada", AT)
    model = TOPICS["loss.reviews"].model
    assert isinstance(model.model_validate_json(msgspec.json.encode(row)), LossReview)
    assert len(row["calls"]) == 1
    assert row["lost"] == {"count": 3, "values": {"USD": 300}}


def test_documents_say_it_and_hold_no_markup_of_others() -> None:
    nasty = "<script>|`x`"
    rows = [*LEFT[:2], customer(nasty, "2017-01-05T00:00:00Z", 7, reason="a|b <i>")]
    review = reviewed(rows, callers=BOTH)
    page, text = html(review), markdown(review)
    assert "3 customers were lost of 50 there at its beginning, worth 3.00 USD a month." in (
        page.replace("\N{NO-BREAK SPACE}", " ")
    )
    assert "3.00\N{NO-BREAK SPACE}USD" in page
    assert "&lt;script&gt;|`x`" in page
    assert "<script" not in page
    assert "a\\|b \\<i\\>" in text
    assert "## Who left" in text
    lines = list(csv.DictReader(io.StringIO(_written(review))))
    assert [(one["customer_id"], one["worth"], one["tenure_days"]) for one in lines] == [
        ("b", "300", "369"),
        ("a", "100", "368"),
        (nasty, "7", "370"),
    ]


def _written(review: Review) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(csv_rows(review))
    return out.getvalue()
