"""What the test bed reads of Kafka's requests, against what clients write."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import frames
import pytest
from aiokafka.producer.transaction_manager import PidAndEpoch
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import (
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
)
from frames import Frames, Request, parse
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.state.initproducerid import NewEpochRequest

ID = "groundswell-fold-0"


def framed(request: Any, highest: int) -> bytes:
    """Write a request as aiokafka does to a broker that speaks up to this version."""
    made = request.prepare({request.API_KEY: (0, highest)})
    header = made.build_request_header(correlation_id=7, client_id="some-client")
    message: bytes = header.encode() + made.encode()
    return struct.pack(">i", len(message)) + message


def known_of(request: Request) -> dict[str, Any]:
    """Give what is known of it, besides the frame."""
    known = {name: value for name, value in request._asdict().items() if value}
    del known["frame"]
    return known


def test_of_a_commit_all_is_read() -> None:
    request = parse(framed(EndTxnRequest(ID, 4_000, 5, True), 0))  # noqa: FBT003
    assert known_of(request) == {
        "key": frames.END_TXN,
        "correlation": 7,
        "client": "some-client",
        "transactional_id": ID,
        "producer_id": 4_000,
        "epoch": 5,
        "committed": True,
    }
    assert parse(framed(EndTxnRequest(ID, 4_000, 5, False), 0)).committed is False  # noqa: FBT003


def test_of_what_begins_a_transaction_its_producer_is_read() -> None:
    request = parse(framed(AddPartitionsToTxnRequest(ID, 4_000, 5, [("some", [0, 1])]), 0))
    assert known_of(request) == {
        "key": frames.ADD_PARTITIONS_TO_TXN,
        "correlation": 7,
        "client": "some-client",
        "transactional_id": ID,
        "producer_id": 4_000,
        "epoch": 5,
    }
    assert request.committed is None


@pytest.mark.parametrize("version", range(3, 8))
@pytest.mark.parametrize("name", [ID, None])
def test_of_a_write_its_topics_are_read(version: int, name: str | None) -> None:
    topics = [("one", [(0, b"batch"), (1, b"batch")]), ("two-changelog", [(3, b"batch")])]
    request = parse(framed(ProduceRequest(name, -1, 1_000, topics), version))
    assert request.version == version
    assert request.transactional_id == name
    assert request.topics == {"one", "two-changelog"}


def test_a_new_producer_and_one_that_keeps_its_id_are_distinguished() -> None:
    new = parse(framed(InitProducerIdRequest(ID, 60_000), 0))
    assert (new.transactional_id, new.producer_id, new.epoch) == (ID, None, None)
    own = parse(framed(NewEpochRequest(ID, 60_000, PidAndEpoch(4_000, 5)), 3))
    assert (own.version, own.client) == (3, "some-client")
    assert (own.transactional_id, own.producer_id, own.epoch) == (ID, 4_000, 5)


def test_newer_versions_have_shorter_lengths_and_tags() -> None:
    header = struct.pack(">hhih", 26, 3, 7, 1) + b"c"
    tags = b"\x01" + b"\x00\x02" + b"xy"  # one, number 0, of two bytes
    body = bytes([len(ID) + 1]) + ID.encode() + struct.pack(">qhB", 4_000, 5, 1) + b"\x00"
    message = header + tags + body
    request = parse(struct.pack(">i", len(message)) + message)
    assert (request.transactional_id, request.epoch, request.committed) == (ID, 5, True)

    partition = struct.pack(">i", 0) + b"\x06batch" + b"\x00"
    topic = b"\x04one" + b"\x02" + partition + b"\x00"
    body = b"\x00" + struct.pack(">hi", -1, 1_000) + b"\x02" + topic + b"\x00"
    message = struct.pack(">hhih", 0, 9, 7, -1) + b"\x00" + body
    request = parse(struct.pack(">i", len(message)) + message)
    assert (request.client, request.transactional_id) == (None, None)
    assert request.topics == {"one"}


def test_of_other_requests_the_header_is_read() -> None:
    message = struct.pack(">hhih", 3, 12, 7, 1) + b"c" + b"whatever"
    frame = struct.pack(">i", len(message)) + message
    assert parse(frame) == Request(3, 12, 7, "c", frame)


@given(bodies=st.lists(st.binary(max_size=20)), data=st.data())
def test_frames_come_out_whole_however_they_came_in(
    bodies: list[bytes], data: st.DataObject
) -> None:
    whole = [struct.pack(">i", len(body)) + body for body in bodies]
    stream = b"".join(whole)
    cuts = data.draw(st.lists(st.integers(0, len(stream))))
    cutter = Frames()
    came = [
        frame
        for start, end in pairwise(sorted({0, len(stream), *cuts}))
        for frame in cutter.feed(stream[start:end])
    ]
    assert came == whole


@pytest.mark.parametrize(
    ("version", "answer"),
    [(0, struct.pack(">iiih", 10, 7, 0, 47)), (3, struct.pack(">iiBih", 11, 7, 0, 0, 47) + b"\0")],
)
def test_of_the_answer_to_a_commit_the_error_is_read(version: int, answer: bytes) -> None:
    assert frames.correlation(answer) == 7
    request = Request(frames.END_TXN, version, 7, None, b"")
    assert frames.end_txn_error(request, answer) == 47
