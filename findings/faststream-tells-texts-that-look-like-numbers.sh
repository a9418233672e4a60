#!/usr/bin/env bash
# FastStream 0.7.8 (its Kafka broker, on aiokafka).
# One would think: a handler that asks for bytes gets the bytes of the message, and one that asks for
# a text its text.
# What happens: a message without a header `content-type`, as other producers write it, is tried as
# JSON first. Of customer ids the handler of bytes or of texts gets `customer-7` and `007`, and never
# sees `12`, `1e5`, `null` and `true`: those are numbers by then, and refused. A handler that says
# nothing gets bytes, an int, a float and None in turn, and one of `str | int` 1 for `true`.
. "$(dirname "$0")/lib/finding.sh"
install "faststream[kafka]==0.7.8"
run - <<'END'
import asyncio

from faststream.kafka import KafkaBroker, TestKafkaBroker
from noted import noted

IDS = (b"customer-7", b"007", b"12", b"1e5", b"null", b"true")


async def handed(kind=None):
    broker, got = KafkaBroker(logger=None), []

    async def handler(body):
        got.append(body)

    handler.__annotations__ = {"body": kind} if kind else {}
    broker.subscriber("customers")(handler)
    async with TestKafkaBroker(broker):
        for each in IDS:
            try:
                await broker.publish(each, "customers")
            except Exception as error:
                got.append(type(error))
    return got


def of(kind):
    return [each.__name__ if isinstance(each, type) else each for each in asyncio.run(handed(kind))]


refused = ["ValidationError"] * 4
noted("sent, as bytes", 6, len(IDS))
noted("to a handler of bytes", [b"customer-7", b"007", *refused], of(bytes))
noted("to one of str", ["customer-7", "007", *refused], of(str))
noted("to one that does not say", [b"customer-7", b"007", 12, 100000.0, None, True], of(None))
noted(
    "to one of str | int",
    ["customer-7", "007", 12, 100000, "ValidationError", 1],
    of(str | int),
)
END
seen "a handler of bytes is not given those of 12, null and true"
