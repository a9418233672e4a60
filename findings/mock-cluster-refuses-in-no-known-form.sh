#!/usr/bin/env bash
# librdkafka's mock cluster (confluent-kafka 2.16.1), asked for its versions as clients do first of all.
# One would think: a broker that is asked in a newer form than it knows answers in the oldest: error 35,
# and the versions that it has (KIP-511). So any client gets on.
# What happens: behind error 35 the list is counted in one byte, and wrongly, where the oldest form has
# four. librdkafka asks again without looking at it, KafkaJS and aiokafka ask in an older form at once.
# Java (kafka-clients 4.1.2) gives up after a minute; franz-go (1.22.3) tries for ever and says nothing.
. "$(dirname "$0")/lib/finding.sh"
install confluent-kafka==2.16.1
run - <<'END'
import socket
import struct
import mock
from noted import noted

API_VERSIONS, ENTRY = 18, 6


def answer(address, version):
    """Ask for the versions in this form; gives the error and what follows it."""
    host, port = address.rsplit(":", 1)
    head = struct.pack(">hhih", API_VERSIONS, version, 7, 4) + b"test"
    if version >= 3:
        head += b"\0" + b"\x05test\x021\0"  # no tags; name and version of the client, no tags
    with socket.create_connection((host, int(port)), 10) as link:
        link.sendall(struct.pack(">i", len(head)) + head)
        file = link.makefile("rb")
        found = file.read(*struct.unpack(">i", file.read(4)))
    return struct.unpack(">h", found[4:6])[0], found[6:]


def listed(rest):
    """Count the versions in an answer of the oldest form; None: it is none."""
    (count,) = struct.unpack(">i", rest[:4])
    return count if 4 + ENTRY * count <= len(rest) else None


with mock.broker() as address:
    error, rest = answer(address, 0)
    noted("asked in form 0", (0, 24), (error, listed(rest)))
    for version in (3, 4, 5):
        error, rest = answer(address, version)
        noted(f"asked in form {version}", (35, None), (error, listed(rest)))
    noted("which is, in bytes", "01 00 12 00 00 00 02 00 00 00 00", rest.hex(" "))
END
seen "a client that asks in a newer form is refused in one that it cannot read"
