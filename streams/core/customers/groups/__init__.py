"""Customer groups: who belongs to which, and the cells that are kept of each."""
