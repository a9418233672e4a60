// Follow the tables metrics.buckets and alerts with KafkaJS, a line a row.
import kafkajs from "kafkajs";
import { decompress } from "fzstd";

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

// KafkaJS reads no zstd until it is taught to.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async () => { throw new Error("only read"); },
  decompress: async (buffer) => Buffer.from(decompress(buffer)),
});

const kafka = new Kafka({ brokers: [process.argv[2]], clientId: "tables", logLevel: logLevel.WARN });

function line(topic, key, value) {
  if (topic === "metrics.buckets") {
    const { metric, labels, grain, start } = JSON.parse(key);
    const row = `${start} ${grain} ${metric} ${JSON.stringify(labels)}`;
    if (value === null) return `${row} gone`; // deleted
    const { count, status } = JSON.parse(value);
    return `${row} ${count} ${status}`;
  }
  if (value === null) return `${key} gone`;
  const { alert_id, state, metric, labels, observed, severity } = JSON.parse(value);
  return `${alert_id} ${state} ${metric} ${JSON.stringify(labels)} ${observed} ${severity}`;
}

const consumer = kafka.consumer({
  groupId: `tables-${process.pid}-${Date.now()}`, // a new one each time: a table is read whole
  readUncommitted: false,
});
await consumer.connect();
await consumer.subscribe({ topics: ["metrics.buckets", "alerts"], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, message }) => {
    console.log(line(topic, message.key.toString(), message.value));
  },
});
