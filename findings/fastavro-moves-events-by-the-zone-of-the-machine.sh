#!/usr/bin/env bash
# fastavro 1.13.1, avro 1.12.2, pyarrow 26.0.1.
# One would think: the same program writes the same bytes on each machine. A time without a zone is
# refused for `timestamp-micros`, an instant, or taken for UTC, as pyarrow does; the avro package
# refuses it.
# What happens: fastavro takes it for the time of the machine that it runs on. The same event is
# 18:15 in a container, 23:15 on a laptop in New York, and in the hour that clocks there have twice two
# events an hour apart are told in one.
. "$(dirname "$0")/lib/finding.sh"
install fastavro==1.13.1 avro==1.12.2 pyarrow==26.0.1
cat >"$folder/write.py" <<'END'
import datetime
import io
import json
import sys

import avro.errors
import avro.io
import avro.schema
import fastavro
import pyarrow
from noted import noted

MICROS = {"type": "long", "logicalType": "timestamp-micros"}
EVENT = {"type": "record", "name": "Event", "fields": [{"name": "at", "type": MICROS}]}


def written(at):
    """Write a time by fastavro, and read it again."""
    file = io.BytesIO()
    fastavro.schemaless_writer(file, EVENT, {"at": at})
    file.seek(0)
    return str(fastavro.schemaless_reader(file, EVENT)["at"])[:16]


def refused(at):
    """Tell whether the avro package refuses a time."""
    writer = avro.io.DatumWriter(avro.schema.parse(json.dumps(EVENT)))
    try:
        writer.write({"at": at}, avro.io.BinaryEncoder(io.BytesIO()))
    except avro.errors.AvroTypeException:
        return True
    return False


at = datetime.datetime(2017, 1, 18, 18, 15)
noted("18:15 without a zone, by fastavro", sys.argv[1], written(at))
noted("  refused by avro", True, refused(at))
by_pyarrow = pyarrow.array([at]).cast(pyarrow.timestamp("us", tz="UTC"))[0]
noted("  by pyarrow", "2017-01-18 18:15", str(by_pyarrow.as_py())[:16])
noted("18:15 of UTC", "2017-01-18 18:15", written(at.replace(tzinfo=datetime.timezone.utc)))
END
for each in "UTC 2017-01-18 18:15" "America/New_York 2017-01-18 23:15" "Asia/Kolkata 2017-01-18 12:45"; do
    echo "in ${each%% *}:"
    TZ=${each%% *} run write.py "${each#* }"
done
seen "the machine's zone decides when an event was"
