from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from console_bed import ROLES, recorded

from schemas.topics import ACTIONS, INCIDENTS, NOTIFICATIONS, TOPICS
from streams.console.forms import local_path
from streams.console.parts import Standing

if TYPE_CHECKING:
    from console_bed import Bed

OPEN = next(
    json.loads(value)
    for _, value in recorded()[INCIDENTS]
    if json.loads(value)["state"] == "open" and "Navient" in value.decode()
)
PAGES = ("/", "/?wall=1", "/incidents", "/incidents?state=over", "/explorer",
         "/explorer?by=product", "/explorer.csv",
         "/periods/2016-12", "/periods/2016-Q4", "/customers", "/customers?list=lost")  # fmt: skip


def form(bed: Bed, role: str | None, path: str, fields: dict[str, str]) -> tuple[int, str]:
    """Log in as a browser does, send a form with its token, and give status and place."""
    with bed.client() as client:
        if role is not None:
            client.post("/login", data={"token": f"token-of-a-{role}"})
        page = client.get("/incidents/" + OPEN["incident_id"]).text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        sent = fields | {"csrf": found[1]} if found else fields
        answer = client.post(path, data=sent)
        return answer.status_code, answer.headers.get("location", answer.text)


@pytest.mark.parametrize("path", [*PAGES, f"/incidents/{OPEN['incident_id']}"])
def test_every_page_is_there_for_who_may_look(bed: Bed, path: str) -> None:
    with bed.client("viewer") as client:
        answer = client.get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", answer.text)
    with bed.client() as client:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"][:12]) == (303, "/login?next=")


def test_now_says_what_happened_to_navient(bed: Bed) -> None:
    with bed.client("viewer") as client:
        page = client.get("/").text
    assert "company Navient Solutions, LLC." in page
    assert "336 since 2017-01-18 04:30" in page
    assert "As of 2017-01-19 21:00." in page  # of these numbers, not of the message before
    assert "January 2017" in page
    assert "It adds up" in page


def test_the_incidents_that_are_over_say_until_when(bed: Bed) -> None:
    with bed.client("viewer") as client:
        over = client.get("/incidents?state=over").text
        still = client.get("/incidents").text
    assert '<a href="/incidents?state=over" aria-current="page">' in over
    assert [page.count('<th scope="col">until</th>') for page in (over, still)] == [1, 0]


def test_an_incident_has_its_curve_parts_and_runbook(bed: Bed) -> None:
    with bed.client("responder") as client:
        page = client.get(f"/incidents/{OPEN['incident_id']}").text
    assert 'class="band"' in page
    assert "the rise began" in page
    assert OPEN["runbook"].split("#")[0] in page
    assert all(sample.split("'")[0][:30] in page for sample in OPEN["samples"])
    with bed.client("viewer") as client:
        assert "In their words" not in client.get(f"/incidents/{OPEN['incident_id']}").text


def test_an_incident_says_what_is_at_stake_and_who_left(open_bed: Bed) -> None:
    stake = {"customers": 28, "value": {"USD": 137_200}, "left": 2, "value_left": {"USD": 9_800}}
    key = OPEN["incident_id"].encode()
    for complained, said in (
        (None, ["<dd>not known</dd>"]),
        (stake | {"final": False}, ["<dd>28</dd>", "1,372 USD", "98 USD a month", "so far"]),
        (stake | {"left": 0, "value_left": {}, "final": True}, ["<dt>left since</dt><dd>0</dd>"]),
    ):
        value = None if complained is None else complained["value"]
        row = OPEN | {"complained": complained, "value_at_risk": value}
        open_bed.put(INCIDENTS, [(key, json.dumps(row).encode())])
        with open_bed.client() as client:
            for path in ("/", f"/incidents/{OPEN['incident_id']}"):
                page = client.get(path).text.replace("\N{NO-BREAK SPACE}", " ")
                assert all(text in page for text in said), path
            page = page.replace("<b>", "").replace("</b>", "")
            hit = "28 of our customers complained, worth 1,372 USD a month.\n"
            if complained is None:
                assert "of our customers" not in page
            elif complained["left"]:
                assert hit + "2 of them have left since, worth 98 USD a month so far." in page
            else:
                assert hit + "Nobody of them has left." in page
            assert "left since" in client.get("/incidents").text
    open_bed.put(INCIDENTS, [(key, json.dumps(OPEN).encode())])


def test_an_action_goes_to_its_topic_and_stands_on_the_page(bed: Bed) -> None:
    bed.sent.clear()
    path = f"/incidents/{OPEN['incident_id']}/actions"
    note = "Looking <b>into</b> it"
    status, place = form(bed, "responder", path, {"kind": "acknowledged", "note": note})
    assert (status, place) == (303, f"/incidents/{OPEN['incident_id']}#handling")
    topic, key, value = bed.sent[0]
    sent = json.loads(value)
    assert (topic, key.decode()) == (ACTIONS, OPEN["incident_id"])
    assert (sent["kind"], sent["by"], sent["note"]) == ("acknowledged", "A responder", note)
    assert sent["seen_at"].startswith(OPEN["at"][:19])
    with bed.client("viewer") as client:
        assert "Looking &lt;b&gt;into&lt;/b&gt; it" in client.get(place).text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "assigned", "owner": "Bo"}, {"kind": "assigned", "owner": "Bo"}),
        ({"kind": "judged", "judgement": "true"}, {"judgement": "true"}),
        ({"kind": "noted", "note": "so it is"}, {"note": "so it is"}),
        (
            {"kind": "silenced", "span": "8h", "note": "known"},
            {"matchers": [{"label": "incident", "matching": "is", "value": OPEN["incident_id"]}]},
        ),
    ],
)
def test_people_own_judge_note_and_silence(
    bed: Bed, fields: dict[str, str], expected: dict[str, object]
) -> None:
    bed.sent.clear()
    status, _ = form(bed, "leader", f"/incidents/{OPEN['incident_id']}/actions", fields)
    assert status == 303
    sent = json.loads(bed.sent[0][2])
    assert {name: sent[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "noted"}, 422),
        ({"kind": "decision_published", "note": "x"}, 400),
        ({"kind": "silenced", "span": "90y", "note": "x"}, 422),
        ({"kind": "noted", "note": "x" * 5_000}, 422),
        ({"kind": "noted", "note": "x" * 70_000}, 413),
    ],
)
def test_what_is_no_action_is_refused(bed: Bed, fields: dict[str, str], status: int) -> None:
    bed.sent.clear()
    found, _ = form(bed, "admin", f"/incidents/{OPEN['incident_id']}/actions", fields)
    assert (found, bed.sent) == (status, [])


@pytest.mark.parametrize("role", ROLES)
def test_only_some_roles_act(bed: Bed, role: str) -> None:
    bed.sent.clear()
    path = f"/incidents/{OPEN['incident_id']}/actions"
    status, _ = form(bed, role, path, {"kind": "noted", "note": "x"})
    allowed = role in {"responder", "leader", "admin"}
    assert (status == 303, bool(bed.sent)) == (allowed, allowed)


def test_a_form_of_another_session_or_site_is_refused(bed: Bed) -> None:
    path = f"/incidents/{OPEN['incident_id']}/actions"
    bed.sent.clear()
    with bed.client() as client:
        client.post("/login", data={"token": "token-of-a-admin"})
        for extra, fields in (
            ({}, {"kind": "noted", "note": "x"}),
            ({}, {"kind": "noted", "note": "x", "csrf": "A" * 43}),
            ({"sec-fetch-site": "cross-site"}, {"kind": "noted", "note": "x"}),
        ):
            assert client.post(path, data=fields, headers=extra).status_code == 403
    assert bed.sent == []


def test_a_session_ends_with_its_cookie(bed: Bed) -> None:
    with bed.client() as client:
        assert client.post("/login", data={"token": "wrong"}).status_code == 403
        answer = client.post("/login", data={"token": "token-of-a-viewer", "next": "//evil.org"})
        assert answer.headers["location"] == "/"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert client.get("/").status_code == 200
        client.cookies.set("groundswell", cookie.split("=", 1)[1].split(";")[0][:-2] + "AA")
        client.cookies.delete("groundswell", domain="127.0.0.1")
        assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/explorer?by=product", "/explorer?by=product"),
        ("//evil.org", "/"),
        ("/\\evil.org", "/"),
        ("https://evil.org", "/"),
        ("/\nx", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_after_a_form_one_stays_here(wanted: str | None, place: str) -> None:
    assert local_path(wanted) == place


def test_customers_are_masked_by_role_and_unmasking_is_written_down(bed: Bed) -> None:
    with bed.client("leader") as client:
        ids = re.findall(r'<a href="/customers/([^"~]+)">', client.get("/customers").text)
    assert len(ids) > 5
    with bed.client("viewer") as client:
        page = client.get("/customers").text
        assert not any(name in page for name in ids)
        masked = re.findall(r'<a href="/customers/(~[0-9a-f]+)" class="masked"', page)
        assert len(masked) == len(ids)
        story = client.get(f"/customers/{masked[0]}")
        assert story.status_code == 200
        assert ids[0] not in story.text
        assert client.get(f"/customers/{ids[0]}").status_code == 403
        assert client.get("/customers", params={"q": ids[0]}).status_code == 403
    bed.sent.clear()
    path = f"/customers/{masked[0]}/unmask"
    assert form(bed, "viewer", path, {"note": "why"})[0] == 403
    assert form(bed, "responder", path, {})[0] == 400
    assert bed.sent == []
    assert form(bed, "responder", path, {"note": "I call them"}) == (303, f"/customers/{ids[0]}")
    written = json.loads(bed.sent[0][2])
    assert (written["kind"], written["customer_id"], written["by"], written["note"]) == (
        "unmasked",
        ids[0],
        "A responder",
        "I call them",
    )


def test_without_tokens_only_this_machine_is_served(open_bed: Bed) -> None:
    with open_bed.client() as client:
        assert "may do everything" in client.get("/").text
        for host in ("evil.org", "evil.org:80", "127.0.0.1.evil.org"):
            assert client.get("/", headers={"host": host}).status_code == 421
        assert client.get("/", headers={"host": "localhost:1"}).status_code == 200
    path = f"/incidents/{OPEN['incident_id']}/actions"
    assert form(open_bed, None, path, {"kind": "noted", "note": "x"})[0] == 303


def test_an_incident_says_who_was_told_and_who_was_not(bed: Bed) -> None:
    example = TOPICS[NOTIFICATIONS].examples[0] | {"incident_id": OPEN["incident_id"]}
    unsent = example | {
        "notification_id": "c4d1a07be92f6359",
        "state": "not_sent",
        "reason": "silenced",
        "why": "Ada has silenced it.",
    }
    rows = [
        (one["notification_id"].encode(), json.dumps(one).encode()) for one in (example, unsent)
    ]
    bed.put(NOTIFICATIONS, rows)
    with bed.client("viewer") as client:
        page = client.get(f"/incidents/{OPEN['incident_id']}").text
    assert "lending_slack" in page
    assert "Route lending: product Student loan" in page
    assert "1 not sent, and why" in page
    assert "Ada has silenced it." in page


NASTY = (
    "<script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}",
    "\x00\uffff",
)
VIEW = ("metric", "by", "having", "since", "until", "unit", "against")
TAKEN = {
    "/": ("wall",), "/incidents": ("state",), "/explorer": VIEW, "/explorer.csv": VIEW[:3],
    "/customers": ("q", "list", "month", "currency"), "/review": ("period",),
    "/review.csv": ("period",), "/frontline": ("logged",),
    "/frontline/beside": ("customer_id", "product"), "/login": ("next",), "/live/now": ("wall",),
}  # fmt: skip
"""What pages take in their addresses."""


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_that_is_sent_comes_back_unescaped(bed: Bed, nasty: str) -> None:
    incident = f"/incidents/{OPEN['incident_id']}"
    note = {"kind": "noted", "note": nasty}
    assert form(bed, "leader", f"{incident}/actions", note)[0] == 303
    name = quote(nasty, safe="")
    with bed.client("leader") as client:
        found = [client.get(incident)]
        found += [
            client.get(f"{place}/{name}")
            for place in ("", "/incidents", "/customers", "/periods", "/v1")
        ]
        for path, fields in TAKEN.items():
            found += [client.get(path, params={field: nasty}) for field in fields]
    for answer in found:
        assert answer.status_code < 500, answer.url
        assert "<script>alert" not in answer.text, answer.url
        assert "<svg/onload" not in answer.text, answer.url


def test_a_period_has_its_groups_and_reasons(bed: Bed) -> None:
    with bed.client("viewer") as client:
        answer = client.get("/periods")
        assert (answer.status_code, answer.headers["location"]) == (303, "/periods/2017-01")
        page = client.get("/periods/2016-12").text
        assert "December 2016" in page
        assert "enterprise, gold" in page
        assert "847" in page  # customers at the beginning
        assert client.get("/periods/2015-01").status_code == 404


def test_a_page_says_when_nothing_comes_in(bed: Bed) -> None:
    for standing, said in (
        (Standing(0, "KafkaConnectionError: nobody"), "Nothing new comes in"),
        (Standing(5_000, None), "5,000 rows to go"),
        (Standing(None, None), "Beginning to read"),
    ):
        bed.standing = standing
        with bed.client("viewer") as client:
            for path in ("/", "/explorer"):
                assert client.get(path).text.count(said) == 1
    bed.standing = Standing()


def test_htmx_is_not_deferred_as_it_would_begin_before_its_extension(bed: Bed) -> None:
    with bed.client("viewer") as client:
        page = client.get("/").text
    tags = re.findall(r'<script src="[^"]*vendor/(htmx|hx-sse)\.min\.js[^"]*"([^>]*)>', page)
    assert tags == [("htmx", ""), ("hx-sse", "")]
