from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, get_args

import pytest
from aiokafka.errors import KafkaError
from console_bed import ROLES

from schemas import wire
from schemas.topics import SOURCES, TOPICS
from streams.console.api.events import Topic

if TYPE_CHECKING:
    from console_bed import Bed

LEADERS = {"leader", "admin"}
WHO = dict.fromkeys(SOURCES, LEADERS) | dict.fromkeys(
    ("complaints", "complaint_updates"), LEADERS | {"frontline"}
)


def post(bed: Bed, topic: str, body: dict[str, Any] | bytes, role: str = "admin") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with bed.client(role) as client:
        return client.post(f"/v1/events/{topic}", content=content)


def test_the_topics_are_those_of_the_contract() -> None:
    assert set(get_args(Topic)) == set(SOURCES)


@pytest.mark.parametrize("topic", SOURCES)
def test_an_event_of_each_topic_is_sent_as_it_is_with_its_key(bed: Bed, topic: str) -> None:
    event = TOPICS[topic].examples[0] | {"event_id": f"api-{topic}"}
    answer = post(bed, topic, event)
    assert (answer.status_code, answer.json()) == (
        201,
        {"topic": topic, "event_id": f"api-{topic}", "again": False},
    )
    name, key, value = bed.sent[-1]
    assert (name, key, json.loads(value)) == (topic, event["customer_id"].encode(), event)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("topic", SOURCES)
def test_each_role_sends_what_it_may(bed: Bed, topic: str, role: str) -> None:
    event = TOPICS[topic].examples[0] | {"event_id": f"api-{topic}-{role}"}
    before = len(bed.sent)
    may = role in WHO[topic]
    assert post(bed, topic, event, role).status_code == (201 if may else 403)
    assert len(bed.sent) - before == may


BAD: list[tuple[bytes, str]] = [
    (b"", "empty: "),
    (b"[]", "not_an_object: "),
    (b"\xff", "not_utf8: "),
    (b'{"customer_id": "c"}', "missing_field: event_id: Field required"),
    (b'{"event_id": "e", "occurred_at": "yesterday"}', "bad_time: occurred_at"),
    (b'{"event_id": "e", "occurred_at": "2999-01-01T00:00:00Z"}', "from_the_future: occurred_at"),
    (b'{"event_id": "", "occurred_at": "2017-01-01T00:00:00Z"}', "too_short: event_id"),
]


@pytest.mark.parametrize(("body", "words"), BAD)
def test_what_is_no_event_is_refused_in_the_words_of_a_dead_letter(
    bed: Bed, body: bytes, words: str
) -> None:
    before = len(bed.sent)
    answer = post(bed, "complaints", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(words)
    try:
        wire.decoders["complaints"](body)
    except wire.REFUSED:
        refusal = wire.refusal("complaints", body)
        assert answer.json()["detail"] == f"{refusal.reason}: {refusal.detail}"
    assert len(bed.sent) == before


def test_one_event_id_is_sent_once_and_is_of_one_event(bed: Bed) -> None:
    event = {"event_id": "once", "occurred_at": "2017-01-18T10:00:00Z", "product": "Card"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: post(bed, "complaints", event), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert {answer.json()["again"] for answer in answers} == {True, False}
    assert post(bed, "complaints", event | {"product": "Loan"}).status_code == 409
    sent = [value for _, _, value in bed.sent if json.loads(value).get("event_id") == "once"]
    assert len(sent) == 1


def test_what_kafka_did_not_take_is_said_and_can_be_sent_again(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"event_id": "failed", "occurred_at": "2017-01-18T10:00:00Z"}

    async def fail(*_: object) -> None:
        raise KafkaError

    with monkeypatch.context() as patch:
        patch.setattr(bed.parts, "send", fail)
        answer = post(bed, "complaints", event)
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
    assert post(bed, "complaints", event).status_code == 201


def test_a_topic_that_is_no_source_is_none(bed: Bed) -> None:
    assert post(bed, "alerts", {}).status_code == 422
