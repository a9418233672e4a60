from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from console_bed import ROLES, recorded

from schemas.incidents import Incident
from schemas.periods import PeriodRow
from schemas.topics import CUSTOMERS, INCIDENTS, PERIODS, ROLLING

if TYPE_CHECKING:
    from console_bed import Bed

IDS = sorted(json.loads(value)["incident_id"] for _, value in recorded()[INCIDENTS])
CUSTOMER = min(key.decode() for key, _ in recorded()[CUSTOMERS])
NOTE = {"kind": "noted", "note": "by the API"}

ROUTES: dict[tuple[str, str], set[str]] = {
    ("GET", "/v1/incidents"): set(ROLES),
    ("GET", f"/v1/incidents/{IDS[0]}"): set(ROLES),
    ("GET", f"/v1/incidents/{IDS[0]}/actions"): set(ROLES),
    ("POST", f"/v1/incidents/{IDS[0]}/actions"): {"responder", "leader", "admin"},
    ("GET", "/v1/customers"): set(ROLES),
    ("GET", f"/v1/customers/{CUSTOMER}"): set(ROLES) - {"viewer"},
    ("GET", "/v1/periods"): set(ROLES),
    ("GET", "/v1/days?metric=complaints&since=2017-01-01&until=2017-01-02"): set(ROLES),
    ("GET", f"/customers/{CUSTOMER}"): set(ROLES) - {"viewer"},
    ("GET", f"/customers?q={CUSTOMER}"): set(ROLES) - {"viewer"},
}
"""Who may what: every other role gets a 403."""


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


@pytest.mark.parametrize("role", [*ROLES, None])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_role_gets_what_it_may(bed: Bed, role: str | None, method: str, path: str) -> None:
    with bed.client(role) as client:
        answer = client.request(method, path, json=NOTE if method == "POST" else None)
    if role is None:
        assert answer.status_code == (401 if path.startswith("/v1") else 303)
    elif role in ROUTES[method, path]:
        assert answer.status_code in {200, 201, 303}
    else:
        assert answer.status_code == 403


def test_every_operation_is_in_the_table_of_roles(bed: Bed) -> None:
    with bed.client("admin") as client:
        described = client.get("/v1/openapi.json").json()
    known = {(method.upper(), path) for path, own in described["paths"].items() for method in own}
    names = {IDS[0]: "{incident_id}", CUSTOMER: "{customer_id}"}
    named = set()
    for method, path in ROUTES:
        parts = path.partition("?")[0].split("/")
        named.add((method, "/".join(names.get(part, part) for part in parts)))
    elsewhere = ("POST", "/v1/events/{topic}")  # test_events_api.py
    assert known - named == {("GET", "/v1/alerts/{alert_id}"), elsewhere}
    for own in described["paths"].values():
        for operation in own.values():
            for status, answer in operation["responses"].items():
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
        answer = client.request("TRACE", "/v1/incidents")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


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
