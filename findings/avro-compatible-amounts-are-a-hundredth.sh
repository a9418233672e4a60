#!/usr/bin/env bash
# Apache Avro 1.12.1 for Java, fastavro 1.13.1 and Avro 1.12.2 for Python. Needs Java and Maven.
# One would think: a reader's schema that the library calls compatible reads what was written, or
# refuses it; the specification lets two decimals match only by the same scale.
# What happens: Java compares only what lies beneath, bytes and a long. An amount of 19.99 written
# with two places is .1999 to a reader with four, and a time in milliseconds is in January 1970 to
# one in microseconds: COMPATIBLE, and no error. Both Pythons go by the writer's schema and read
# 19.99 and the right day from the same bytes. Known since 2017 (AVRO-2078, apache/avro#247).
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install fastavro==1.13.1 avro==1.12.2
jars org.apache.avro:avro:1.12.1 org.slf4j:slf4j-nop:2.0.17
cat >"$folder/schemas.json" <<'END'
[
  [{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
   {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 4}],
  [{"type": "long", "logicalType": "timestamp-millis"},
   {"type": "long", "logicalType": "timestamp-micros"}]
]
END
cat >"$folder/Paid.java" <<'END'
import com.fasterxml.jackson.databind.*;
import java.io.*;
import java.math.BigDecimal;
import java.nio.file.*;
import java.time.Instant;
import org.apache.avro.*;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;

public class Paid {
    static Schema record(JsonNode type) {
        return new Schema.Parser().parse(
            "{\"type\":\"record\",\"name\":\"Paid\",\"fields\":[{\"name\":\"it\",\"type\":" + type + "}]}");
    }

    public static void main(String[] arguments) throws Exception {
        GenericData data = new GenericData();
        data.addLogicalTypeConversion(new Conversions.DecimalConversion());
        data.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
        data.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
        Object[] values = {new BigDecimal("19.99"), Instant.parse("2026-03-01T12:00:00Z")};
        JsonNode pairs = new ObjectMapper().readTree(new File("schemas.json"));
        for (int each = 0; each < values.length; each++) {
            Schema writer = record(pairs.get(each).get(0)), reader = record(pairs.get(each).get(1));
            GenericRecord paid = new GenericData.Record(writer);
            paid.put("it", values[each]);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new GenericDatumWriter<GenericRecord>(writer, data).write(paid, encoder);
            encoder.flush();
            Files.write(Path.of("written" + each), bytes.toByteArray());
            GenericRecord read = new GenericDatumReader<GenericRecord>(writer, reader, data)
                .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
            System.out.println(
                SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType() + " " + read.get("it"));
        }
    }
}
END
compile Paid
(cd "$folder" && kafka_java Paid >java.txt)
run - <<'END'
import io
import json
import pathlib

import avro.io
import avro.schema
import fastavro
from noted import noted


def record(kind):
    return {"type": "record", "name": "Paid", "fields": [{"name": "it", "type": kind}]}


def by_fastavro(written, writer, reader):
    return str(fastavro.schemaless_reader(io.BytesIO(written), writer, reader)["it"])


def by_avro(written, *schemas):
    schemas = (avro.schema.parse(json.dumps(each)) for each in schemas)
    return str(avro.io.DatumReader(*schemas).read(avro.io.BinaryDecoder(io.BytesIO(written)))["it"])


amount, time = pathlib.Path("java.txt").read_text().splitlines()
noted("Java: 19.99, read with four places", "COMPATIBLE 0.1999", amount)
noted("Java: noon of 1 March 2026, in microseconds", "COMPATIBLE 1970-01-21T12:19:26.400Z", time)
pairs = json.loads(pathlib.Path("schemas.json").read_text())
for each, right in enumerate(("19.99", "2026-03-01 12:00:00+00:00")):
    written = pathlib.Path(f"written{each}").read_bytes()
    schemas = [record(kind) for kind in pairs[each]]
    noted("the same by fastavro", right, by_fastavro(written, *schemas))
    noted("the same by Avro for Python", right, by_avro(written, *schemas))
END
seen "what Java calls compatible is a hundredth of the amount, and in 1970"
