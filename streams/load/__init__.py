"""Files of history, read into events of a topic; no Kafka in here."""
