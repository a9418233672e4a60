from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any

import pytest
from console_bed import recorded

from schemas.incidents import Incident
from schemas.periods import PeriodRow
from schemas.reviews import LossReview
from schemas.topics import INCIDENTS, PERIODS, REVIEWS, ROLLING

if TYPE_CHECKING:
    from console_bed import Bed

IDS = sorted(json.loads(value)["incident_id"] for _, value in recorded()[INCIDENTS])
NOTE = {"kind": "noted", "note": "by the API"}


def pages(bed: Bed, path: str, role: str = "admin", **given: Any) -> list[dict[str, Any]]:
    """Read a list to its end."""
    found, cursor = [], ""
    with bed.client(role) as client:
        while True:
            answer = client.get(path, params={**given, "cursor": cursor})
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found += body["items"]
            cursor = body["next"]
            if not cursor:
                return found


def test_what_goes_wrong_is_described_as_a_problem(bed: Bed) -> None:
    with bed.client() as client:
        described = client.get("/v1/openapi.json").json()
    answers = [
        (status, answer)
        for own in described["paths"].values()
        for operation in own.values()
        for status, answer in operation["responses"].items()
    ]
    for status, answer in answers:
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"]


def test_incidents_come_page_by_page_newest_first(bed: Bed) -> None:
    found = pages(bed, "/v1/incidents", limit=7)
    assert sorted(one["incident_id"] for one in found) == IDS
    opened = [one["opened_at"] for one in found]
    assert opened == sorted(opened, reverse=True)
    still = pages(bed, "/v1/incidents", state="open")
    assert {one["state"] for one in still} == {"open"}
    assert len(still) < len(found)


def test_an_incident_is_the_row_of_its_topic(bed: Bed) -> None:
    row = next(value for _, value in recorded()[INCIDENTS] if IDS[0] in value.decode())
    with bed.client("responder") as client:
        found = client.get(f"/v1/incidents/{IDS[0]}").text
    assert Incident.model_validate_json(found) == Incident.model_validate_json(row)
    sampled = next(
        json.loads(value) for _, value in recorded()[INCIDENTS] if json.loads(value)["samples"]
    )
    with bed.client("viewer") as client:
        assert client.get(f"/v1/incidents/{sampled['incident_id']}").json()["samples"] == []


def test_customers_are_all_there_once_and_masked_for_viewers(bed: Bed) -> None:
    found = [
        one["customer_id"]
        for currency in ("USD", "EUR")
        for one in pages(bed, "/v1/customers", limit=200, currency=currency)
    ]
    assert len(found) == len(set(found)) > 500
    masked = pages(bed, "/v1/customers", "viewer", limit=200, currency="USD")
    assert {one["customer_id"][0] for one in masked} == {"~"}
    assert len({one["customer_id"] for one in masked}) == len(masked)


def test_a_cursor_says_nothing_of_who_is_masked(bed: Bed) -> None:
    with bed.client("admin") as client:
        last = client.get("/v1/customers", params={"limit": 3}).json()["items"][-1]["customer_id"]
        theirs = client.get("/v1/customers", params={"limit": 3}).json()["next"]
    with bed.client("viewer") as client:
        ours = client.get("/v1/customers", params={"limit": 3}).json()["next"]
        assert last.encode() in decoded(theirs)
        assert last.encode() not in decoded(ours)
        assert client.get("/v1/customers", params={"cursor": ours}).status_code == 200
        assert client.get("/v1/customers", params={"cursor": theirs}).status_code == 422


def decoded(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def test_periods_are_the_rows_of_their_topic(bed: Bed) -> None:
    rows = [PeriodRow.model_validate_json(value) for _, value in recorded()[PERIODS]]
    totals = {row.grain + row.period: row for row in rows if row.segment is row.tier is None}
    found = pages(bed, "/v1/periods", limit=100)
    read = [PeriodRow.model_validate_json(json.dumps(one)) for one in found]
    assert {row.grain + row.period: row for row in read} == totals
    assert len(read) == len(totals)


def test_what_is_sent_again_is_one_action(bed: Bed) -> None:
    path = f"/v1/incidents/{IDS[1]}/actions"
    with bed.client("responder") as client:
        for _ in range(2):
            answer = client.post(path, json=NOTE | {"action_id": "mine-1"})
            assert (answer.status_code, answer.json()["by"]) == (201, "A responder")
        assert [one["action_id"] for one in client.get(path).json()["items"]] == ["mine-1"]


def test_a_cookie_alone_does_not_act(bed: Bed) -> None:
    with bed.client() as client:
        client.post("/login", data={"token": "token-of-a-admin"})
        assert client.get("/v1/incidents").status_code == 200
        assert client.post(f"/v1/incidents/{IDS[0]}/actions", json=NOTE).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/incidents?cursor=AAAA", 422),
        ("/v1/incidents?cursor=%00", 422),
        ("/v1/incidents?limit=0", 422),
        ("/v1/incidents?state=no", 422),
        ("/v1/incidents/zzz", 422),
        ("/v1/incidents/0000000000000000", 404),
        ("/v1/nothing", 404),
        ("/v1/customers?month=2017-13", 422),
        ("/v1/customers?month=2999-12", 200),
        ("/v1/customers/nobody", 404),
        ("/v1/days?metric=complaints&since=2017-01-02&until=2017-01-01", 422),
        ("/v1/days?metric=complaints&since=0001-01-01&until=0001-01-01", 422),
        ("/v1/days?metric=complaints&since=9999-12-31&until=9999-12-31", 200),
        ("/v1/days?metric=complaints", 422),
        ("/v1/alerts/0000000000000000", 404),
    ],
)
def test_what_is_wrong_is_a_problem(bed: Bed, path: str, status: int) -> None:
    with bed.client("admin") as client:
        answer = client.get(path)
        assert answer.status_code == status
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status


def test_a_method_that_is_none_says_which_there_are(bed: Bed) -> None:
    with bed.client("admin") as client:
        for path, allowed in (
            ("/v1/incidents", "GET"),
            (f"/v1/incidents/{IDS[0]}/actions", "GET, POST"),
            ("/v1/events/revenue", "POST"),
            ("/frontline", "GET, POST"),
            ("/healthz", "GET"),
        ):
            answer = client.request("TRACE", path)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_the_event_stream_outlives_a_row_that_no_page_can_show(open_bed: Bed) -> None:
    """Here the topic has a window that is none: the index takes it, and the page cannot."""
    key = b'{"metric":"complaints","labels":{},"window":"7d"}'
    good = next(value for name, value in recorded()[ROLLING] if name == key)
    with open_bed.client() as client, client.stream("GET", "/live/now") as stream:
        lines = stream.iter_lines()
        assert any("open-title" in line for line in lines)
        bad = json.loads(good) | {"window": None}
        open_bed.put(ROLLING, [(key, json.dumps(bad).encode())])
        assert client.get("/").status_code == 500
        better = json.loads(good) | {"count": 123_456_789}
        open_bed.put(ROLLING, [(key, json.dumps(better).encode())])
        assert any("123,456,789" in line for line in lines)
    open_bed.put(ROLLING, [(key, good)])


def test_a_review_is_read_by_the_api_and_masked_by_role(bed: Bed) -> None:
    with bed.client("leader") as client:
        briefs = pages(bed, "/v1/reviews", limit=2)
        names = [one["period"] for one in briefs]
        assert {"2017-01", "2016-12", "2016-Q4"} <= set(names)
        assert len(names) == len(set(names))
        brief = next(one for one in briefs if one["period"] == "2016-12")
        review = client.get("/v1/reviews/2016-12").json()
        lost = pages(bed, "/v1/reviews/2016-12/losses", limit=3)
        assert len(lost) == review["lost"]["count"] == brief["lost"]["count"] > 3
        worth = [one["values"].get("USD", 0) for one in lost if "USD" in one["values"]]
        assert worth == sorted(worth, reverse=True)
        text = client.get("/review.csv", params={"period": "2016-12"}).text
        assert {line.split(",")[2] for line in text.splitlines()[1:] if ",lost," in line} == {
            one["customer_id"] for one in lost
        }
        assert client.get("/v1/reviews/2011-01").status_code == 404
        assert client.get("/v1/reviews/2011-13").status_code == 422
    masked = pages(bed, "/v1/reviews/2016-12/losses", "viewer")
    assert [one["customer_id"][0] for one in masked] == ["~"] * len(lost)
    with bed.client("viewer") as client:
        text = client.get("/review.csv", params={"period": "2016-12"}).text
    assert not any(one["customer_id"] in text for one in lost)


def test_calls_and_issues_are_entered_by_the_api_and_a_review_is_published(bed: Bed) -> None:
    path = "/v1/reviews/2016-12"
    with bed.client("leader") as client:
        who = client.get(f"{path}/losses").json()["items"][0]["customer_id"]

        def enter(**fields: str) -> Any:
            return client.post(f"{path}/actions", json=fields)

        call = {"kind": "call_made", "customer": who, "outcome": "would_return", "reason": "fees"}
        for _ in range(2):
            made = enter(action_id="call-1", **call)
            assert (made.status_code, made.json()["review"]) == (201, "2016-12")
        opened = enter(kind="issue_opened", note="Fees are not said", due="2017-02-01").json()
        assert opened["due_at"] == "2017-02-01T00:00:00Z"
        assert enter(kind="issue_done", issue=opened["about"], note="Now they are").json()["note"]
        issues = {one["issue_id"]: one for one in client.get(path).json()["issues"]}
        mine = issues[opened["about"]]
        assert (mine["text"], mine["state"]) == ("Fees are not said", "done")
        assert enter(kind="call_made", customer=who).status_code == 422
        assert enter(kind="judged").status_code == 422
        assert client.post("/v1/reviews/2011-01/actions", json=call).status_code == 404
        sent = client.post(f"{path}/publication")
        assert sent.status_code == 201
    row = LossReview.model_validate_json(sent.text)
    assert (row.period, row.published_by) == ("2016-12", "A leader")
    topic, key, value = bed.sent[-1]
    assert (topic, key, LossReview.model_validate_json(value)) == (REVIEWS, b"2016-12", row)
