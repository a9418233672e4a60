from __future__ import annotations

import json
import re
from html import unescape
from itertools import product
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError
from console_bed import recorded

from schemas.events.complaints import Complaint
from schemas.topics import ACTIONS, CUSTOMERS, INCIDENTS

if TYPE_CHECKING:
    import httpx
    import pytest
    from console_bed import Bed

OPEN = next(
    row
    for _, value in recorded()[INCIDENTS]
    if (row := json.loads(value))["state"] == "open" and row["labels"]
)
CUSTOMER = min(key.decode() for key, _ in recorded()[CUSTOMERS])


def fields_of(client: httpx.Client) -> dict[str, str]:
    page = client.get("/frontline").text
    return dict(re.findall(r'name="(csrf|event_id)" value="([^"]+)"', page))


def log_in(client: httpx.Client, role: str) -> None:
    client.post("/login", data={"token": f"token-of-a-{role}"})


def test_a_complaint_is_logged_once_however_often_its_form_is_sent(bed: Bed) -> None:
    with bed.client() as client:
        log_in(client, "frontline")
        fields = fields_of(client)
        sent = fields | {"customer_id": CUSTOMER, "product": "Card", "severity": "high",
                         "issue": "", "text": "It <b>hurts</b>."}  # fmt: skip
        for _ in range(2):
            answer = client.post("/frontline", data=sent)
            assert answer.status_code == 303
            assert answer.headers["location"] == f"/frontline?logged={fields['event_id']}"
        assert client.post("/frontline", data=sent | {"event_id": "x", "severity": "bad " * 99}
                           ).status_code == 303  # fmt: skip
        assert client.post("/frontline", data={"event_id": "y"}).status_code == 403  # no token
    events = [json.loads(value) for topic, _, value in bed.sent if topic == "complaints"]
    mine = [one for one in events if one["event_id"] == fields["event_id"]]
    assert len(mine) == 1
    event = Complaint.model_validate_json(json.dumps(mine[0]))
    assert (event.customer_id, event.product, event.issue, event.severity) == (
        CUSTOMER,
        "Card",
        None,
        "high",
    )


def test_beside_it_stand_the_customer_and_what_is_known(bed: Bed) -> None:
    with bed.client("frontline") as client:
        page = client.get("/frontline").text
        assert 'value="Student loan"' in page  # a word in use
        given = OPEN["labels"] | {"customer_id": CUSTOMER}
        part = client.get("/frontline/beside", params=given).text
        assert CUSTOMER in part
        known = part[part.index("this is known") :]
        assert known.index(OPEN["incident_id"]) < 100
        assert "No customer" in client.get("/frontline/beside?customer_id=nobody").text
    with bed.client("viewer") as client:
        assert "Log it" not in client.get("/frontline").text
        part = client.get("/frontline/beside", params=given).text
        assert "worth a month" not in part


def test_a_question_is_asked_given_an_owner_and_answered(bed: Bed) -> None:
    with bed.client() as client:
        log_in(client, "frontline")
        csrf = {"csrf": fields_of(client)["csrf"]}

        def do(**fields: str) -> int:
            return client.post("/frontline/questions", data=fields | csrf).status_code

        assert do(kind="question_opened", note="Is the <i>form</i> gone?") == 303
        page = client.get("/frontline").text
        assert "Is the &lt;i&gt;form&lt;/i&gt; gone?" in page
        name = re.search(r'value="(question-[0-9a-f]{8})"', page)
        assert name is not None
        assert do(kind="question_opened", question=name[1]) == 303
        assert do(kind="question_assigned", question=name[1], owner="Grace") == 303
        assert ">2</td><td>Grace</td>" in client.get("/frontline").text
        assert do(kind="question_answered", question=name[1]) == 400
        assert do(kind="question_answered", question=name[1], note="It comes back.") == 303
        assert "It comes back." in client.get("/frontline").text
        assert do(kind="silenced") == 400
    with bed.client("responder") as client:
        assert client.post("/frontline/questions", data={}).status_code == 403


def test_a_complaint_that_was_refused_keeps_what_was_typed(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = {
        "customer_id": CUSTOMER,
        "product": "Card",
        "severity": "high",
        "text": 'It "hurts" & <b>bites</b>.',
    }

    async def fail(*_: object) -> None:
        raise KafkaError

    with bed.client() as client:
        log_in(client, "frontline")
        fields = fields_of(client)
        with monkeypatch.context() as patch:
            patch.setattr(bed.parts, "send", fail)
            answer = client.post("/frontline", data=fields | typed)
        assert answer.status_code == 503
        assert "Kafka did not take it" in answer.text
        kept = dict(re.findall(r'name="([a-z_]+)"[^>]* value="([^"]*)"', answer.text))
        assert {name: unescape(kept[name]) for name in ("customer_id", "product", "text")} == {
            name: typed[name] for name in ("customer_id", "product", "text")
        }
        assert "<option selected>high</option>" in answer.text
        assert kept["event_id"] == fields["event_id"]
        assert answer.text.count("worth a month") == 1  # the customer beside it
        again = client.post("/frontline", data=fields | typed)
        assert again.headers["location"] == f"/frontline?logged={fields['event_id']}"
        long = client.post(
            "/frontline", data=fields_of(client) | typed | {"customer_id": "x" * 200}
        )
        assert long.status_code == 422
        assert "too_long: customer_id" in long.text


def test_pages_stay_whatever_somebody_writes_to_actions(bed: Bed) -> None:
    incident = OPEN["incident_id"]
    times = ["2017-01-18t09:30:00z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "?"]
    written = [
        {"action_id": f"odd-{n}", "kind": kind, "about": about, "by": "x", "at": at, "note": "odd"}
        for n, (at, (kind, about)) in enumerate(
            product(times, [("noted", incident), ("question_opened", "question-odd")])
        )
    ]
    bad = [{"action_id": "bad", "about": incident, "at": times[0]}]
    rows = [json.dumps(one).encode() for one in (*written, *bad)]
    bed.put(ACTIONS, [(incident.encode(), row) for row in (*rows, b'{"more":' + b"[" * 5_000)])
    with bed.client("admin") as client:
        paths = ["frontline", f"incidents/{incident}", "reviews/2017-01", "v1/questions"]
        paths.append(f"v1/incidents/{incident}/actions")
        answers = {path: client.get(f"/{path}") for path in paths}
        assert {answer.status_code for answer in answers.values()} <= {200, 404}
        assert "odd" in answers["frontline"].text
        assert "odd" in answers[f"incidents/{incident}"].text


def test_questions_are_asked_and_answered_by_the_api(bed: Bed) -> None:
    with bed.client("frontline") as client:

        def say(**fields: str) -> httpx.Response:
            return client.post("/v1/questions", json=fields)

        made = say(kind="question_opened", note="Since when is it so?").json()["about"]
        for _ in range(2):
            assert say(kind="question_opened", question=made, action_id="again-1").is_success
        assert say(kind="question_assigned", question=made, owner="Grace").is_success
        assert say(kind="question_answered", question=made).status_code == 422
        assert say(kind="question_answered", question=made, note="Since Monday.").is_success
        items = client.get("/v1/questions").json()["items"]
    (found,) = (one for one in items if one["question"] == made)
    assert (found["text"], found["asked"], found["owner"], found["answer"]) == (
        "Since when is it so?",
        2,
        "Grace",
        "Since Monday.",
    )
