#!/usr/bin/env bash
# cloudevents 2.2.0 (the CloudEvents SDK for Python), fastavro 1.13.1.
# One would think: data of `application/avro` are bytes to who reads the event, and an event is the
# same whether it came by Kafka's binary mode or by the structured one.
# What happens: by the binary mode data that are no JSON are a text wherever they happen to be UTF-8.
# Of the Avro numbers 0 to 127 the first 64 come as texts, the others as bytes. And a JSON text is
# written without its quotes: "12" comes back as the number 12, "gold" is sent as `gold`, which is no
# JSON to others. By the structured mode all of it is as it was. The SDK itself says that binary data
# come as bytes; how to tell them from texts has been asked before: cloudevents/spec#933, #1186.
. "$(dirname "$0")/lib/finding.sh"
install cloudevents==2.2.0 fastavro==1.13.1
run - <<'END'
import io
import json
from collections import Counter

import fastavro
from cloudevents.core.bindings.kafka import from_binary, from_structured, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from noted import noted

FORM = JSONFormat()


def event(kind, data):
    attributes = {"type": "paid", "source": "/shop", "id": "1", "specversion": "1.0"}
    return CloudEvent({**attributes, "datacontenttype": kind}, data)


def by_binary(kind, data):
    return from_binary(to_binary(event(kind, data), FORM), FORM).get_data()


def by_structured(kind, data):
    return from_structured(to_structured(event(kind, data), FORM), FORM).get_data()


def avro(number):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, {"type": "long"}, number)
    return out.getvalue()


def is_json(data):
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


for name, through, kinds in (
    ("binary", by_binary, {"str": 64, "bytes": 64}),
    ("structured", by_structured, {"bytes": 128}),
):
    found = Counter(type(through("application/avro", avro(each))).__name__ for each in range(128))
    noted(f"{name}: Avro of 0 to 127 comes as", kinds, dict(found))
noted("binary: Avro of 50", "d", by_binary("application/avro", avro(50)))
noted("binary: Avro of 100", b"\xc8\x01", by_binary("application/avro", avro(100)))
noted('binary: the JSON text "12"', 12, by_binary("application/json", "12"))
noted("structured", "12", by_structured("application/json", "12"))
sent = to_binary(event("application/json", "gold"), FORM).value
noted('binary: the JSON text "gold" is sent as', b"gold", sent)
noted("is that JSON", False, is_json(sent))
END
seen "half of the Avro numbers come as texts, and a text as a number"
