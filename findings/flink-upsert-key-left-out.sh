#!/usr/bin/env bash
# Flink 2.2.1, flink-connector-kafka 5.0.0-2.2, on Apache Kafka 4.1.2.
# One would think: a table of upsert-kafka has a row for each key of the topic, or Flink refuses a
# primary key that lacks a field of it.
# What happens: the primary key alone decides. Rows of two keys that differ in the field left out
# replace each other, and nothing says so. With a MAP in the primary key there are two rows.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
flink=org.apache.flink
jars org.apache.kafka:kafka_2.13:$KAFKA org.apache.logging.log4j:log4j-slf4j-impl:2.25.3
start_kafka
mv "$folder/jars" "$folder/kafka"
jars $flink:flink-table-planner-loader:2.2.1 $flink:flink-table-runtime:2.2.1 \
    $flink:flink-table-api-java-bridge:2.2.1 $flink:flink-clients:2.2.1 $flink:flink-json:2.2.1 \
    $flink:flink-connector-base:2.2.1 $flink:flink-connector-kafka:5.0.0-2.2 org.slf4j:slf4j-nop:1.7.36
install confluent-kafka==2.16.1
run - "$bootstrap" <<'END'
import json
import sys
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for made in admin.create_topics([NewTopic("counts", 1, 1)]).values():
    made.result(20)
producer = Producer({"bootstrap.servers": sys.argv[1]})
for product, count in (("Mortgage", 3), ("Student loan", 5)):
    key = {"metric": "complaints", "labels": {"product": product}}
    producer.produce("counts", json.dumps(key | {"n": count}), json.dumps(key))
assert producer.flush(20) == 0
END
cat >"$folder/Count.java" <<'END'
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

public class Count {
    public static void main(String[] given) throws Exception {
        var flink = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        flink.getConfig().set("parallelism.default", "1");
        flink.executeSql("CREATE TABLE counts (metric STRING, labels MAP<STRING, STRING>, n BIGINT,"
                + " PRIMARY KEY (" + given[1] + ") NOT ENFORCED) WITH ('connector' = 'upsert-kafka',"
                + " 'topic' = 'counts', 'properties.bootstrap.servers' = '" + given[0] + "',"
                + " 'key.format' = 'json', 'value.format' = 'json',"
                + " 'scan.bounded.mode' = 'latest-offset')");
        long rows = 0;
        try (var found = flink.executeSql("SELECT n FROM counts").collect()) {
            while (found.hasNext()) {
                var row = found.next();
                rows += switch (row.getKind()) { case INSERT -> 1; case DELETE -> -1; default -> 0; };
            }
        }
        System.out.println(rows);
    }
}
END
count() { (cd "$folder" && timeout 120 java -cp "$folder/jars/*" Count.java "$bootstrap" "$1" 2>"$folder/java.log") || tail -5 "$folder/java.log"; }
without=$(count metric) all=$(count "metric, labels")
echo "rows with PRIMARY KEY (metric): $without; with (metric, labels): $all"
[ "$without" = 1 ] && [ "$all" = 2 ] || changed "$without and $all rows"
seen "two keys of the topic are one row, without a word"
