"""A wire between two network interfaces, that can be cut: `python wire.py NEAR FAR SECONDS`.

It runs in a network namespace of its own, with an interface towards the clients (NEAR) and one
towards the brokers (FAR), and passes every packet on, SECONDS after it came. On its standard input,
`arm` cuts it at the next commit request (EndTxn) of a client, which is the first packet that is
lost; `cut` cuts it at once, `mend` mends it. What it does it says on its standard output, in lines;
and when a commit that was lost comes after all, because the system sends it again.

A cut loses packets and nothing else: no connection is reset, and the interfaces stay up, as when a
switch between them fails.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, TextIO

from frames import ADD_PARTITIONS_TO_TXN, END_TXN, Frames, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frames import Request

_EVERYTHING: Final = 0x0003
"""ETH_P_ALL: every packet, whoever it is addressed to."""
_OPTIONS: Final = 263, 15
"""SOL_PACKET, PACKET_VNET_HDR: what a packet of several segments is, goes with it."""
_SENT_BY_US: Final = 4
"""PACKET_OUTGOING."""
_OFFLOAD: Final = 10
"""Bytes of the header that PACKET_VNET_HDR puts ahead of each packet."""
_ETHERNET: Final = 14
_IPV4: Final = b"\x08\x00"
_TCP: Final = 6
_LARGEST: Final = 1 << 17


class Segment(NamedTuple):
    """A TCP segment: its ports and sequence number, which are those of its repetition too."""

    place: bytes
    data: bytes


def segment(packet: bytes) -> Segment | None:
    """Read an Ethernet packet; None if it is no TCP segment with data."""
    if packet[12:14] != _IPV4 or packet[_ETHERNET + 9] != _TCP:
        return None
    tcp = _ETHERNET + 4 * (packet[_ETHERNET] & 0x0F)
    end = _ETHERNET + int.from_bytes(packet[_ETHERNET + 2 : _ETHERNET + 4], "big")
    data = packet[tcp + 4 * (packet[tcp + 12] >> 4) : end]
    return Segment(packet[tcp : tcp + 8], data) if data else None


def step(data: bytes) -> Request | None:
    """Give the request, if this is one that begins or ends a transaction."""
    if int.from_bytes(data[4:6], "big") not in {ADD_PARTITIONS_TO_TXN, END_TXN}:
        return None
    return parse(data) if Frames().feed(data) == [data] else None


class Commit:
    """A commit that was lost, and what becomes of its transactional id."""

    def __init__(self, lost: Segment, request: Request) -> None:
        self._lost, self._request = lost, request
        self._next = ""
        self.name = request.transactional_id or ""

    def passed(self, sent: Segment, request: Request) -> str:
        """Take a step of a transaction that got through; says it if it is the lost one."""
        if request.transactional_id != self.name:
            return ""
        if sent.place == self._lost.place:
            where = self._next or "ahead of its repetition"
            return f"the lost commit of {self.name} arrives {where}"
        if request.key == END_TXN:
            self._next = "between two transactions"
        elif request.epoch == self._request.epoch:
            self._next = "in the middle of the next transaction"
        else:
            self._next = "in the middle of the next transaction, which has a new epoch"
        return ""


class Wire:
    """Knows whether it is whole; what it does is said to `said`."""

    def __init__(self, said: TextIO) -> None:
        self._said = said
        self._armed = self._broken = False
        self._lost = 0
        self._commits: dict[bytes, Commit] = {}

    def say(self, line: str) -> None:
        self._said.write(line + "\n")
        self._said.flush()

    def order(self, word: str) -> None:
        """Do what is asked for."""
        if word == "mend":
            self.say(f"mended, {self._lost} packets lost")
            self._armed = self._broken = False
            self._lost = 0
        elif word == "arm":
            self._armed = True
        elif word == "cut":
            self._broken = True
            self.say("cut")

    def passes(self, packet: bytes, *, near: bool) -> bool:
        """Tell whether a packet gets through; one from the `near` end may cut the wire."""
        sent = segment(packet) if near and self._watches() else None
        request = None if sent is None else step(sent.data)
        if sent is not None and request is not None:
            if self._armed and request.committed:
                self._armed, self._broken = False, True
                self.say(f"cut at a commit of {request.transactional_id}")
            if self._broken and request.committed:
                self._commits.setdefault(sent.place, Commit(sent, request))
            elif not self._broken:
                notes = [commit.passed(sent, request) for commit in self._commits.values()]
                for line in filter(None, notes):
                    self.say(line)
        self._lost += self._broken
        return not self._broken

    def _watches(self) -> bool:
        return self._armed or self._broken or bool(self._commits)


class Ends:
    """The interfaces at both ends of a wire; a packet takes so many seconds to the other."""

    def __init__(self, wire: Wire, near: str, far: str, seconds: float) -> None:
        self._wire, self._near, self._far = wire, _interface(near), _interface(far)
        self._seconds = seconds
        self._passing: deque[tuple[float, socket.socket, bytes]] = deque()

    def run(self, orders: int) -> None:
        """Pass packets on until there are no more orders to come from a file."""
        with selectors.DefaultSelector() as ready:
            for source in (self._near, self._far, orders):
                ready.register(source, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select(self._deliver()):
                    if key.fileobj != orders:
                        self._pass(near=key.fileobj is self._near)
                    elif words := os.read(orders, 4096):
                        for word in words.decode().split():
                            self._wire.order(word)
                    else:
                        return

    def _pass(self, *, near: bool) -> None:
        source, sink = (self._near, self._far) if near else (self._far, self._near)
        while True:
            try:
                data, (*_, kind, _hardware, _address) = source.recvfrom(_LARGEST)
            except BlockingIOError:
                return
            if kind != _SENT_BY_US and self._wire.passes(data[_OFFLOAD:], near=near):
                self._passing.append((time.monotonic() + self._seconds, sink, data))

    def _deliver(self) -> float | None:
        """Hand on what is due; gives the seconds until there is more."""
        while self._passing:
            due, sink, data = self._passing[0]
            if (left := due - time.monotonic()) > 0:
                return left
            self._passing.popleft()
            sink.send(data)
        return None


def _interface(name: str) -> socket.socket:
    """Open an interface for whole packets."""
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
    opened.setsockopt(*_OPTIONS, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    opened.bind((name, _EVERYTHING))
    opened.settimeout(0)
    return opened


def main(arguments: Sequence[str]) -> None:
    """Run a wire by command line arguments."""
    near, far, seconds = arguments
    wire = Wire(sys.stdout)
    ends = Ends(wire, near, far, float(seconds))
    wire.say("ready")
    ends.run(sys.stdin.fileno())


if __name__ == "__main__":
    main(sys.argv[1:])
