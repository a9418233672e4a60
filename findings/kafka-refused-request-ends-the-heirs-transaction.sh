#!/usr/bin/env bash
# Apache Kafka 4.1.2, asked by bytes of its protocol; the producers are aiokafka 0.14.0.
# One would think: a request for a new epoch that is refused, as another producer has taken over, changes
# nothing.
# What happens: it is refused (47), and the transaction that the new owner has open is aborted, the owner
# fenced. Where none is open, the refusal changes nothing.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import logging
import socket
import struct
import sys
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

logging.disable(logging.CRITICAL)
OWNER, REFUSED, BUSY = b"owner", 47, 51


async def ask(address, *own):
    """Ask until the coordinator is done with the last transaction; give the error."""
    while (error := request(address, *own)) == BUSY:
        await asyncio.sleep(0.05)
    return error


def request(address, producer_id, epoch):
    """InitProducerId version 3 (KIP-360) with a producer id and epoch; gives the error."""
    head = struct.pack(">hhi", 22, 3, 1) + struct.pack(">h", -1) + b"\0"
    body = bytes([len(OWNER) + 1]) + OWNER + struct.pack(">iqh", 60_000, producer_id, epoch) + b"\0"
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), 20) as link, link.makefile("rb") as answers:
        link.sendall(struct.pack(">i", len(head + body)) + head + body)
        (size,) = struct.unpack(">i", answers.read(4))
        answer = answers.read(size)
    return struct.unpack(">h", answer[9:11])[0]  # behind correlation id, tags, throttle time


async def met(call):
    try:
        await call
    except Exception as error:
        return type(error).__name__
    return None


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    before, heir = (
        AIOKafkaProducer(bootstrap_servers=address, transactional_id=OWNER.decode())
        for _ in range(2)
    )
    await before.start()
    state = before._txn_manager
    old = state.producer_id, state.producer_epoch
    await heir.start()
    async with heir.transaction():
        await heir.send_and_wait("rows", b"one", partition=0)
    noted("the former owner asks, no transaction open", REFUSED, await ask(address, *old))
    async with heir.transaction():
        await heir.send_and_wait("rows", b"two", partition=0)
    print("  the heir has committed since", flush=True)
    await heir.begin_transaction()
    await heir.send_and_wait("rows", b"three", partition=0)
    noted("the former owner asks, one open", REFUSED, await ask(address, *old))
    noted("the heir commits", "ProducerFenced", await met(heir.commit_transaction()))
    for producer in (before, heir):
        await met(asyncio.wait_for(producer.stop(), 5))


asyncio.run(main(sys.argv[1]))
END
seen "a refused request has ended another's transaction"
