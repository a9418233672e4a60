CREATE TABLE metrics_buckets (
    metric STRING,
    labels MAP<STRING, STRING>,
    grain STRING,
    `start` STRING,
    `end` STRING,
    `count` BIGINT,
    `values` MAP<STRING, BIGINT>,
    customers BIGINT,
    status STRING,
    PRIMARY KEY (metric, labels, grain, `start`) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'topic' = 'metrics.buckets',
    'properties.bootstrap.servers' = '127.0.0.1:9092',
    'properties.isolation.level' = 'read_committed',
    'key.format' = 'json',
    'value.format' = 'json'
);

CREATE TABLE alerts (
    alert_id STRING,
    state STRING,
    metric STRING,
    labels MAP<STRING, STRING>,
    started_at STRING,
    observed BIGINT,
    expected DOUBLE,
    severity STRING,
    verdict STRING,
    message STRING,
    PRIMARY KEY (alert_id) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'topic' = 'alerts',
    'properties.bootstrap.servers' = '127.0.0.1:9092',
    'properties.isolation.level' = 'read_committed',
    'key.format' = 'raw',
    'value.format' = 'json'
);
