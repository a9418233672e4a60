from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from console_bed import ROLES, recorded

from schemas.actions import Action
from schemas.reviews import LossReview
from schemas.topics import ACTIONS, CUSTOMERS, INCIDENTS, PERIODS, REVIEWS
from streams.settings.model import Review

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from console_bed import Bed

PERIOD = "2017-01"
ROW = next(
    row
    for _, value in recorded()[PERIODS]
    if (row := json.loads(value))["period"] == PERIOD and row["segment"] is None
)
LOST = {
    row["customer_id"]
    for _, value in recorded()[CUSTOMERS]
    for row in [json.loads(value)]
    for one in row["movements"]
    if one["kind"] == "lost" and ROW["start"] <= one["at"] < ROW["end"]
}


@pytest.fixture
def called(bed: Bed) -> Iterator[Bed]:
    """Have two executives, for as long as a test takes."""
    before = bed.parts.settings
    own = Review(executives=("Ada", "Grace"), calls=2)
    bed.parts.settings = before.model_copy(update={"review": own})
    yield bed
    bed.parts.settings = before


def enter(client: httpx.Client, **fields: str) -> int:
    page = client.get("/review", params={"period": PERIOD}).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    return client.post(f"/review/{PERIOD}", data=fields | {"csrf": csrf[1]}).status_code


def test_the_page_lists_who_left_and_masks_them_by_role(bed: Bed) -> None:
    assert len(LOST) == ROW["numbers"]["lost"]["count"] > 3
    with bed.client("leader") as client:
        page = client.get("/review", params={"period": PERIOD}).text
    assert all(name in page for name in LOST)
    assert f"{len(LOST)} customers were lost" in page
    assert '<th scope="col" class="n">a month</th>' in page
    with bed.client("viewer") as client:
        masked = client.get("/review", params={"period": PERIOD}).text
        assert client.get("/review", params={"period": "2011-01"}).status_code == 404
        assert client.get("/review", params={"period": "x"}).status_code == 400
    assert not any(name in masked for name in LOST)
    assert masked.count("~") >= len(LOST)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_review_enters_and_others_may_not(bed: Bed, role: str) -> None:
    may = role in {"leader", "admin"}
    with bed.client(role) as client:
        page = client.get("/review", params={"period": PERIOD}).text
        assert ("Open an issue" in page) is may
        sent = client.post(f"/review/{PERIOD}", data={"kind": "nothing"})
        assert sent.status_code in ({400, 403} if may else {403})


def test_what_is_entered_stands_on_the_page_and_is_published(called: Bed) -> None:
    called.sent.clear()
    with called.client() as client:
        client.post("/login", data={"token": "token-of-a-leader"})
        page = client.get("/review", params={"period": PERIOD}).text
        names = re.findall(r'<option value="([^"]+)">[^<]+, (?:Ada|Grace)</option>', page)
        assert len(set(names)) == 4
        assert set(names) <= LOST
        assert enter(client, kind="call_made", customer=names[0], outcome="would_return",
                     reason="a <b>reason</b>") == 303  # fmt: skip
        assert enter(client, kind="issue_opened", note="Invoices come twice", owner="Ada",
                     due="2017-03-01", reason="price") == 303  # fmt: skip
        assert enter(client, kind="call_made", customer=names[0], outcome="perhaps") == 422
        assert enter(client, kind="publish") == 303
        page = client.get("/review", params={"period": PERIOD}).text
        assert "would return: a &lt;b&gt;reason&lt;/b&gt;" in page
        assert "Invoices come twice" in page
        issue = re.search(r'value="(issue-[0-9a-f]{8})"', page)
        assert issue is not None
        assert enter(client, kind="issue_done", issue=issue[1], note="Once now") == 303
        assert "done " in client.get("/review", params={"period": PERIOD}).text
    sent = [
        Action.model_validate_json(value) for topic, _, value in called.sent if topic == ACTIONS
    ]
    actions = [one for one in sent if one.kind.startswith("issue")]
    assert [(one.kind, one.review) for one in actions] == [
        ("issue_opened", PERIOD),
        ("issue_done", None),
    ]
    topic, key, value = next(one for one in called.sent if one[0] == REVIEWS)
    row = LossReview.model_validate_json(value)
    assert (topic, key, row.published_by) == (REVIEWS, PERIOD.encode(), "A leader")
    assert {call.customer_id for call in row.calls} == set(names)
    assert [one.text for one in row.issues] == ["Invoices come twice"]


def test_what_customers_said_is_shown_to_who_may_read_it(bed: Bed) -> None:
    said = next(
        row["samples"][0]
        for _, value in recorded()[INCIDENTS]
        if (row := json.loads(value))["samples"]
        and row["opened_at"].startswith(PERIOD)
        and row["state"] == "open"
    )
    for role, may in (("leader", True), ("frontline", True), ("viewer", False)):
        with bed.client(role) as client:
            page = client.get("/review", params={"period": PERIOD}).text
        assert (unescape(page).count(said) == 1) is may
        assert ("What customers said" in page) is may


def test_words_of_who_left_are_shown_to_who_may_read_texts(bed: Bed) -> None:
    who = min(LOST)
    key, row = next((k, json.loads(v)) for k, v in recorded()[CUSTOMERS] if k.decode() == who)
    wrote = "Never <again>."
    words = [{"at": ROW["start"], "topic": "cancellations", "text": wrote}]
    bed.put(CUSTOMERS, [(key, json.dumps(row | {"words": words}).encode())])
    for role, may in (("leader", True), ("frontline", True), ("viewer", False)):
        with bed.client(role) as client:
            page = client.get("/review", params={"period": PERIOD}).text
            masked = re.search("~[0-9a-f]{12}", page)
            name = who if masked is None else bed.parts.pseudonyms.of(who)
            found = [
                page,
                client.get("/review.csv", params={"period": PERIOD}).text,
                client.get(f"/customers/{name}").text,
                client.get(f"/v1/customers/{name}").text,
                client.get(f"/v1/reviews/{PERIOD}/losses").text,
            ]
        assert [unescape(one).count(wrote) for one in found] == [int(may)] * 5
        assert not any(wrote in one for one in (found[0], found[2]))


def test_the_next_review_shows_the_outcomes_entered_in_the_one_before(called: Bed) -> None:
    with called.client("leader") as client:
        before = "/v1/reviews/2016-12"
        who = client.get(before).json()["calls"][0]["customer_id"]
        made = {"kind": "call_made", "customer": who, "outcome": "would_return", "reason": "fees"}
        opened = {"kind": "issue_opened", "note": "Say what it costs", "reason": "price"}
        for action in (made, opened):
            assert client.post(f"{before}/actions", json=action).status_code == 201
        assert client.post(f"{before}/publication").status_code == 201
        found = client.get(f"/v1/reviews/{PERIOD}").json()["before"]
        outcomes = {one["customer_id"]: one["outcome"] for one in found["calls"]}
        assert (found["period"], outcomes[who], len(outcomes)) == ("2016-12", "would_return", 4)
        page = client.get("/review", params={"period": PERIOD}).text
        assert "Those called after 2016-12" in page
        assert "would return: fees" in page
        assert "Say what it costs" in page
    with called.client("viewer") as client:
        hidden = client.get(f"/v1/reviews/{PERIOD}").json()["before"]["calls"]
    assert {one["customer_id"][0] for one in hidden} == {"~"}
