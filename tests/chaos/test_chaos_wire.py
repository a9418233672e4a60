"""The wire between namespaces that can be cut: what it reads of packets, and that it is one."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from frames import ADD_PARTITIONS_TO_TXN, END_TXN
from namespaces import BROKERS, Namespaces, inside, ip, missing
from wire import Commit, Segment, Wire, segment, step

ID = b"groundswell-fold-0"


def framed(key: int, epoch: int, tail: bytes, name: bytes = ID) -> bytes:
    message = struct.pack(">hhihh", key, 0, 7, -1, len(name)) + name
    message += struct.pack(">qh", 4_000, epoch) + tail
    return struct.pack(">i", len(message)) + message


def packet(data: bytes, *, port: int = 40_000, sequence: int = 1, protocol: int = 6) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", port, 9092, sequence, 0, 0x80, 0, 0, 0, 0) + bytes(12)
    size = 20 + len(tcp) + len(data)
    address = struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, protocol, 0) + bytes(8)
    return bytes(12) + b"\x08\x00" + address + tcp + data


COMMIT, ABORT = framed(END_TXN, 5, b"\1"), framed(END_TXN, 5, b"\0")
BEGIN = framed(ADD_PARTITIONS_TO_TXN, 5, bytes(4))


def test_a_segment_is_known_again_by_its_place_in_the_stream() -> None:
    first, again = segment(packet(b"data")), segment(packet(b"data"))
    assert first is not None
    assert first.data == b"data"
    assert first == again
    for other in (packet(b"data", port=40_001), packet(b"data", sequence=5)):
        found = segment(other)
        assert found is not None
        assert found.place != first.place


@pytest.mark.parametrize("other", [packet(b""), packet(b"data", protocol=17), bytes(60)])
def test_what_is_no_segment_with_data_is_none(other: bytes) -> None:
    assert segment(other) is None


def test_what_begins_and_ends_transactions_is_read() -> None:
    begin, commit, abort = step(BEGIN), step(COMMIT), step(ABORT)
    assert begin is not None
    assert (begin.key, begin.transactional_id) == (ADD_PARTITIONS_TO_TXN, ID.decode())
    assert commit is not None
    assert commit.committed is True
    assert abort is not None
    assert abort.committed is False


@pytest.mark.parametrize("other", [COMMIT[:-1], COMMIT + b"x", framed(0, 5, b""), b"data"])
def test_what_is_no_such_request_or_no_whole_one_is_none(other: bytes) -> None:
    assert step(other) is None


def heard(*sent: tuple[str, bytes]) -> list[str]:
    """Give what is said of these, from the loss of a commit on."""
    first = step(COMMIT)
    assert first is not None
    lost = Commit(Segment(b"old", COMMIT), first)
    said = []
    for place, data in sent:
        request = step(data)
        assert request is not None
        said.append(lost.passed(Segment(place.encode(), data), request))
    return [line for line in said if line]


def test_it_is_said_where_the_lost_commit_arrives() -> None:
    again, late = ("new", COMMIT), ("old", COMMIT)
    own, other = ("new", BEGIN), ("new", framed(ADD_PARTITIONS_TO_TXN, 5, b"", b"another"))
    epoch = ("new", framed(ADD_PARTITIONS_TO_TXN, 6, b""))
    arrives = "the lost commit of groundswell-fold-0 arrives"
    assert heard(late) == [f"{arrives} ahead of its repetition"]
    assert heard(again, other, late) == [f"{arrives} between two transactions"]
    assert heard(again, own, late) == [f"{arrives} in the middle of the next transaction"]
    assert heard(again, own, again, late) == [f"{arrives} between two transactions"]
    assert heard(again, epoch, late) == [
        f"{arrives} in the middle of the next transaction, which has a new epoch"
    ]


def test_a_commit_cuts_it_when_it_is_armed_and_nothing_passes_till_it_is_mended() -> None:
    said = io.StringIO()
    wire = Wire(said)
    commit, begin = packet(COMMIT), packet(BEGIN, port=40_001)
    assert wire.passes(commit, near=True)
    wire.order("arm")
    assert wire.passes(begin, near=True)
    assert wire.passes(packet(ABORT), near=True)
    assert wire.passes(commit, near=False)  # no commit of a client, wherever it comes from
    assert not wire.passes(commit, near=True)
    assert not wire.passes(begin, near=True)
    assert not wire.passes(packet(b"answer"), near=False)
    wire.order("mend")
    assert wire.passes(packet(COMMIT, port=40_001), near=True)
    assert wire.passes(begin, near=True)
    assert wire.passes(commit, near=True)
    assert said.getvalue().splitlines() == [
        f"cut at a commit of {ID.decode()}",
        "mended, 3 packets lost",
        f"the lost commit of {ID.decode()} arrives in the middle of the next transaction",
    ]


def test_it_is_cut_at_once_when_told() -> None:
    said = io.StringIO()
    wire = Wire(said)
    wire.order("cut")
    assert not wire.passes(packet(b"data"), near=True)
    wire.order("mend")
    assert wire.passes(packet(b"data"), near=True)
    assert said.getvalue().splitlines() == ["cut", "mended, 1 packets lost"]


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
def test_what_is_in_one_namespace_reaches_the_other_through_it_only() -> None:
    server = (
        f"import socket; s = socket.create_server(('{BROKERS}', 9092)); print(1, flush=True)\n"
        "c, _ = s.accept(); data = b''\n"
        "while part := c.recv(1 << 16): data += part\n"
        "c.sendall(b'%d' % len(data))"
    )
    client = (
        f"import socket; s = socket.create_connection(('{BROKERS}', 9092), 10)\n"
        "s.sendall(bytes(1_000_000)); s.shutdown(1); print(s.recv(9).decode())"
    )
    wire = [sys.executable, str(Path(__file__).with_name("wire.py")), "near", "far", "0.001"]
    start = partial(subprocess.Popen[str], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with Namespaces() as made:
        ping = [*inside(made.workers), sys.executable, "-c", client.replace("10)", "0.2)")]
        assert subprocess.run(ping, check=False, capture_output=True).returncode == 1
        with start([*inside(made.wire), *wire]) as passing:
            assert passing.stdin is not None
            assert passing.stdout is not None
            assert passing.stdout.readline() == "ready\n"
            with start([*inside(made.brokers), sys.executable, "-c", server]) as answering:
                assert answering.stdout is not None
                assert answering.stdout.readline() == "1\n"
                got = subprocess.run(
                    [*inside(made.workers), sys.executable, "-c", client],
                    check=False,
                    capture_output=True,
                    text=True,
                )
            passing.stdin.close()
        assert (got.stdout, got.stderr) == ("1000000\n", "")
    assert made.wire not in ip("netns", "list")
