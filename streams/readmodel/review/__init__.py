"""The loss review: who left in a month or quarter, why, who is called, and what came of it."""
