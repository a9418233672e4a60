#!/usr/bin/env bash
# Apache Kafka 4.1.2, spoken to without a client.
# One would think: a version that ApiVersions offers is a version that is answered.
# What happens: of Produce it offers 0 to 13. Asked with 0, 1 or 2 it hangs up without a word, as these
# were taken out in 4.0 (they are offered for the sake of old librdkafka, KIP-896). Of Fetch, whose old
# versions were taken out as well, it offers only what it answers. So what a broker speaks cannot be
# told from the lowest version that it offers.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
start_kafka
bare
run - "${bootstrap#*:}" <<'END'
import socket
import struct
import sys
from noted import noted

PRODUCE, FETCH, API_VERSIONS = 0, 1, 18


def ask(key, version, body):
    """Give the answer, or None if the broker hangs up."""
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as link:
        request = struct.pack(">hhih", key, version, 1, -1) + body
        link.sendall(struct.pack(">i", len(request)) + request)
        with link.makefile("rb") as stream:
            size = stream.read(4)
            return stream.read(int.from_bytes(size)) if size else None


answer = ask(API_VERSIONS, 0, b"")
offered = {key: (low, high) for key, low, high in struct.iter_unpack(">hhh", answer[10:])}
noted("Produce is offered from, to", (0, 13), offered[PRODUCE])
noted("Fetch is offered from", 4, offered[FETCH][0])
nothing = struct.pack(">hii", 1, 1000, 0)  # acks, time-out, no topics
for version in range(4):
    body = nothing if version < 3 else struct.pack(">h", -1) + nothing  # no transactional id
    noted(
        f"Produce version {version} is answered",
        version >= 3,
        ask(PRODUCE, version, body) is not None,
    )
END
seen "Produce 0 to 2 are offered, and hung up on"
