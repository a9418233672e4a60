"""Everything that decides; pure."""
