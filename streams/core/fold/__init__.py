"""The fold stage: events of a source partition become cells."""
