// Follow the tables metrics.buckets and alerts with franz-go, a line a row.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
)

type bucketKey struct {
	Metric string            `json:"metric"`
	Labels map[string]string `json:"labels"`
	Grain  string            `json:"grain"`
	Start  string            `json:"start"`
}

type bucket struct {
	Count  int64  `json:"count"`
	Status string `json:"status"`
}

type alert struct {
	ID       string            `json:"alert_id"`
	State    string            `json:"state"`
	Metric   string            `json:"metric"`
	Labels   map[string]string `json:"labels"`
	Observed int64             `json:"observed"`
	Severity string            `json:"severity"`
}

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(os.Args[1]),
		kgo.ConsumeTopics("metrics.buckets", "alerts"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	check(err)
	defer client.Close()
	for {
		fetches := client.PollFetches(context.Background())
		fetches.EachError(func(_ string, _ int32, err error) { check(err) })
		fetches.EachRecord(func(record *kgo.Record) { fmt.Println(line(record)) })
	}
}

// line puts a row into words; one without a value is deleted.
func line(record *kgo.Record) string {
	if record.Topic == "metrics.buckets" {
		var key bucketKey
		check(json.Unmarshal(record.Key, &key))
		row := fmt.Sprintf("%s %s %s %s", key.Start, key.Grain, key.Metric, labels(key.Labels))
		if record.Value == nil {
			return row + " gone"
		}
		var value bucket
		check(json.Unmarshal(record.Value, &value))
		return fmt.Sprintf("%s %d %s", row, value.Count, value.Status)
	}
	if record.Value == nil {
		return string(record.Key) + " gone"
	}
	var value alert
	check(json.Unmarshal(record.Value, &value))
	return fmt.Sprintf("%s %s %s %s %d %s", value.ID, value.State, value.Metric,
		labels(value.Labels), value.Observed, value.Severity)
}

func labels(of map[string]string) string {
	text, err := json.Marshal(of)
	check(err)
	return string(text)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
