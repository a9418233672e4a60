"""InitProducerId version 3, byte for byte as Kafka's protocol has it."""

from __future__ import annotations

from io import BytesIO

import pytest
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.producer.transaction_manager import PidAndEpoch

from streams.transport.state.initproducerid import InitProducerIdResponse, NewEpochRequest

REQUEST = NewEpochRequest("app-fold-3", 60_000, PidAndEpoch(4_000_000_000, 7))
SPOKEN = {22: (0, 6)}


def test_the_request_says_which_producer_it_is_of() -> None:
    assert REQUEST.prepare(SPOKEN).encode() == b"".join(
        (
            b"\x0bapp-fold-3",  # a compact string begins with its length and one
            (60_000).to_bytes(4, "big"),
            (4_000_000_000).to_bytes(8, "big"),
            (7).to_bytes(2, "big"),
            b"\0",  # no tagged fields
        )
    )


def test_its_header_is_the_flexible_one() -> None:
    header = REQUEST.prepare(SPOKEN).build_request_header(correlation_id=9, client_id="me")
    assert header.encode() == b"\0\x16\0\x03\0\0\0\x09\0\x02me\0"


def test_an_answer_is_read_with_its_header() -> None:
    answer = BytesIO(
        b"\0\0\0\x09\0"  # correlation id, no tags
        b"\0\0\0\0" + b"\0\x2f" + b"\xff" * 8 + b"\xff\xff" + b"\0"
    )
    request = REQUEST.prepare(SPOKEN)
    assert request.parse_response_header(answer).correlation_id == 9
    assert request.RESPONSE_TYPE.decode(answer) == InitProducerIdResponse(0, 47, -1, -1, {})
    assert answer.read() == b""


@pytest.mark.parametrize("highest", [0, 2])
def test_to_a_broker_that_does_not_know_it_nothing_is_sent(highest: int) -> None:
    with pytest.raises(NotImplementedError):
        REQUEST.prepare({22: (0, highest)})


def test_to_a_broker_without_transactions_nothing_is_sent() -> None:
    with pytest.raises(IncompatibleBrokerVersion):
        REQUEST.prepare({})
