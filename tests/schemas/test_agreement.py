"""The fast decoders and the pydantic models accept and refuse the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payload_fields import FIELDS
from payloads import good, payloads, render
from pydantic import ValidationError

from schemas import wire
from schemas.deadletter import Reason
from schemas.topics import SOURCES

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

TOPICS = sorted(SOURCES)
many = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def values(found: object) -> object:
    """Give a Struct as its fields, and one inside it likewise."""
    if not isinstance(found, msgspec.Struct):
        return found
    return {name: values(value) for name, value in msgspec.structs.asdict(found).items()}


def fast(topic: str, payload: bytes | None) -> object:
    try:
        return values(wire.decoders[topic](payload))
    except wire.REFUSED:
        return None


def slow(topic: str, payload: bytes | None) -> object:
    try:
        return wire.parse(topic, payload).model_dump()
    except (*wire.REFUSED, ValidationError):
        return None


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
@many
@given(data=st.data())
def test_both_give_the_same_verdict_values_and_time_and_a_reason_the_models_know(
    topic: str, data: DataObject
) -> None:
    """All of one payload: to make it takes most of the time."""
    payload = data.draw(payloads(topic))

    event = fast(topic, payload)
    reason, detail = wire.refusal(topic, payload)

    assert slow(topic, payload) == event
    assert (event is not None) == (reason is Reason.OTHER)
    assert 0 < len(detail) <= 300
    if event is not None:
        assert isinstance(wire.decoders[topic](payload).occurred_at.timestamp(), float)


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
@settings(many, max_examples=100)
@given(data=st.data())
def test_both_accept_every_good_event(topic: str, data: DataObject) -> None:
    payload = render(data.draw(good(topic)))

    assert fast(topic, payload) is not None
    assert slow(topic, payload) is not None


@pytest.mark.parametrize("topic", TOPICS)
def test_the_tests_know_every_field(topic: str) -> None:
    assert list(SOURCES[topic].model_fields) == list(FIELDS[topic])
    assert list(SOURCES[topic].model_fields) == list(wire.structs[topic].__struct_fields__)
