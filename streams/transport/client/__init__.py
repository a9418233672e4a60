"""Plain clients of a cluster: topics made and checked, events sent, topics read."""
