"""What source partitions tell each other: links, handovers, questions and answers."""
