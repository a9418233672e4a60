"""What the pages show, worked out of the index; nothing here writes HTML."""
