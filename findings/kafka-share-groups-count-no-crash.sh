#!/usr/bin/env bash
# Apache Kafka 4.1.2, its share groups (KIP-932, a preview there) and its Java client.
# One would think: a message that breaks each consumer it is given to is set aside after five deliveries,
# `group.share.delivery.count.limit`: that is what guards a share group against a poisoned message.
# What happens: a delivery is not counted that ends with its process, killed as for lack of memory, or
# with a consumer that is closed on the way out. After six kills and a close the message is delivery 1
# still, and a worker that reads one at a time has not come to what stands behind it. What a consumer gives
# back itself (RELEASE) is counted: after five times it is gone, on no other topic, and nobody is told.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
start_kafka share.coordinator.state.topic.replication.factor=1 share.coordinator.state.topic.min.isr=1 \
    share.coordinator.state.topic.num.partitions=1
cat >"$folder/Shared.java" <<'END'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

public class Shared {
    static void make(String address) throws Exception {
        var where = Map.<String, Object>of("bootstrap.servers", address, "linger.ms", "500");
        try (var admin = Admin.create(where)) {
            var share = new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE);
            admin.updateFeatures(Map.of("share.version", share), new UpdateFeaturesOptions()).all().get();
            admin.createTopics(List.of(new NewTopic("events", 1, (short) 1))).all().get();
            var oldest = new AlterConfigOp(
                new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(
                new ConfigResource(ConfigResource.Type.GROUP, "work"), List.of(oldest))).all().get();
        }
        try (var producer = new KafkaProducer<>(where, new StringSerializer(), new StringSerializer())) {
            for (int event = 1; event <= 5; event++) producer.send(new ProducerRecord<>("events", "" + event));
        }
    }

    /** Read one after the other, and print event/delivery; on event 3 do as `how` says. */
    static void work(String address, String how) {
        var where = Map.<String, Object>of("bootstrap.servers", address, "group.id", "work",
            "share.acknowledgement.mode", "explicit", "max.poll.records", "1");
        var seen = new TreeSet<String>();
        try (var consumer = new KafkaShareConsumer<>(where, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("events"));
            long until = System.currentTimeMillis() + 90_000;
            while (System.currentTimeMillis() < until) {
                for (var record : consumer.poll(Duration.ofMillis(500))) {
                    seen.add(record.value() + "/" + record.deliveryCount().get());
                    if (!record.value().equals("3")) {
                        consumer.acknowledge(record, AcknowledgeType.ACCEPT);
                    } else if (how.equals("kill")) {
                        System.out.println(how + ": " + seen);
                        Runtime.getRuntime().halt(137);
                    } else if (how.equals("close")) {
                        System.out.println(how + ": " + seen);
                        return;
                    } else {
                        consumer.acknowledge(record, AcknowledgeType.RELEASE);
                    }
                    consumer.commitSync();
                    until = System.currentTimeMillis() + 8_000; // of which nothing more comes in the end
                }
            }
        }
        System.out.println(how + ": " + seen);
    }

    public static void main(String[] given) throws Exception {
        if (given[1].equals("make")) make(given[0]); else work(given[0], given[1]);
    }
}
END
compile Shared
cd "$folder"
for how in make kill kill kill kill kill kill close release; do
    timeout 150 java -Xmx200m -XX:TieredStopAtLevel=1 -cp 'jars/*:.' Shared "$bootstrap" $how \
        >>java.txt 2>>java.log || true
done
cat java.txt
[ "$(cat java.txt)" = "kill: [1/1, 2/1, 3/1]
kill: [3/1]
kill: [3/1]
kill: [3/1]
kill: [3/1]
kill: [3/1]
close: [3/1]
release: [3/1, 3/2, 3/3, 3/4, 3/5, 4/1, 5/1]" ] || { tail -5 java.log >&2 && changed "other deliveries"; }
seen "who is killed over a message gets it for ever; given back five times it is gone"
