"""Each role against each route: who may what, by one table."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from console_bed import ROLES, recorded, token_of
from starlette.routing import Route

from schemas.topics import ALERTS, CUSTOMERS, INCIDENTS
from streams.console.app import API, PAGES, ROWS

if TYPE_CHECKING:
    from console_bed import Bed

INCIDENT = min(json.loads(value)["incident_id"] for _, value in recorded()[INCIDENTS])
ALERT = min(json.loads(value)["alert_id"] for _, value in recorded()[ALERTS])
CUSTOMER = min(key.decode() for key, _ in recorded()[CUSTOMERS])
NAMES = {
    "incident_id": INCIDENT,
    "alert_id": ALERT,
    "customer_id": CUSTOMER,
    "name": CUSTOMER,
    "period": "2016-11",
    "topic": "revenue",
}
ALL = set(ROLES)
ACT = {"responder", "leader", "admin"}
KNOW = ALL - {"viewer"}
LOG = {"frontline", "leader", "admin"}
LEAD = {"leader", "admin"}
NOTE = {"kind": "noted", "note": "seen"}
ISSUE = {"kind": "issue_done", "issue": "issue-of-nobody"}
DAYS = "metric=complaints&since=2017-01-01&until=2017-01-02"
MONEY = {
    "event_id": "by-role",
    "occurred_at": "2017-01-18T10:00:00Z",
    "customer_id": CUSTOMER,
    "amount": 5,
    "currency": "USD",
}


class To(NamedTuple):
    """A route: method and path, who may, and what is sent."""

    method: str
    path: str
    who: set[str]
    body: dict[str, Any] | None = None
    query: str = ""


TABLE = (
    To("GET", "/", ALL),
    To("GET", "/live/now", ALL),
    To("GET", "/incidents", ALL),
    To("GET", "/incidents/{incident_id}", ALL),
    To("POST", "/incidents/{incident_id}/actions", ACT, NOTE),
    To("GET", "/periods", ALL),
    To("GET", "/periods/{period}", ALL),
    To("GET", "/explorer", ALL),
    To("GET", "/explorer.csv", ALL),
    To("GET", "/customers", ALL),
    To("GET", "/customers/{name}", KNOW),
    To("POST", "/customers/{name}/unmask", ACT, {"note": "to call them"}),
    To("GET", "/review", ALL),
    To("GET", "/review.csv", ALL, query="period=2016-11"),
    To("POST", "/review/{period}", LEAD, ISSUE),
    To("GET", "/frontline", ALL),
    To("GET", "/frontline/beside", ALL),
    To("POST", "/frontline", LOG, {"product": "Card", "event_id": "by-hand"}),
    To("POST", "/frontline/questions", LOG, {"kind": "question_opened", "note": "Why?"}),
    To("POST", "/logout", ALL, {"all": "of it"}),
    To("GET", "/v1/incidents", ALL),
    To("GET", "/v1/incidents/{incident_id}", ALL),
    To("GET", "/v1/incidents/{incident_id}/actions", ALL),
    To("POST", "/v1/incidents/{incident_id}/actions", ACT, NOTE),
    To("GET", "/v1/alerts/{alert_id}", ALL),
    To("GET", "/v1/customers", ALL),
    To("GET", "/v1/customers/{customer_id}", KNOW),
    To("GET", "/v1/periods", ALL),
    To("GET", "/v1/days", ALL, query=DAYS),
    To("GET", "/v1/reviews", ALL),
    To("GET", "/v1/reviews/{period}", ALL),
    To("GET", "/v1/reviews/{period}/losses", ALL),
    To("POST", "/v1/reviews/{period}/actions", LEAD, ISSUE),
    To("POST", "/v1/reviews/{period}/publication", LEAD, {}),
    To("GET", "/v1/questions", ALL),
    To("POST", "/v1/questions", LOG, {"kind": "question_opened", "note": "Why?"}),
    To("POST", "/v1/events/{topic}", LEAD, MONEY),
)
OPEN = {("GET", "/login"), ("POST", "/login")}
"""Who is not known yet may do these."""


def test_every_route_is_in_the_table() -> None:
    found = {
        (method, prefix + route.path)
        for prefix, modules in (("", PAGES), (API, ROWS))
        for module in modules
        for route in module.router.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    assert {(to.method, to.path) for to in TABLE} == found - OPEN
    assert found >= OPEN


@pytest.mark.parametrize("role", [*ROLES, None])
def test_each_role_gets_what_it_may(bed: Bed, role: str | None) -> None:
    wrong = {}
    with bed.client() as client:
        for to in TABLE:
            if role is not None:
                client.post("/login", data={"token": token_of(role)})
                csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/incidents").text)
                assert csrf is not None
                client.headers["x-csrf-token"] = csrf[1]
            api = to.path.startswith(API)
            path = to.path.format(**NAMES) + (f"?{to.query}" if to.query else "")
            with client.stream(
                to.method, path, json=to.body if api else None, data=None if api else to.body
            ) as answer:
                status = answer.status_code
            if role is not None:
                right = status in {200, 201, 303} if role in to.who else status == 403
            elif api or to.path == "/live/now":
                right = status == 401
            else:
                right = status in ({303} if to.method == "GET" else {401, 403})
            if not right:
                wrong[to.method, to.path] = status
    assert wrong == {}
