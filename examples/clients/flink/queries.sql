SELECT labels['product'] AS product, `count`, customers, status
FROM metrics_buckets
WHERE metric = 'complaints' AND grain = '1d' AND `start` = '2017-02-08T00:00:00Z'
  AND CARDINALITY(labels) = 1 AND labels['product'] IS NOT NULL;

SELECT alert_id, severity, message FROM alerts WHERE state = 'firing' AND verdict = 'real';
