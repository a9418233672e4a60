"""How long hypothesis looks for a history that breaks a law, and what the histories are made of."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from small_cluster import PARTITIONS

kinds = st.integers(0, 34)
parts = st.integers(0, PARTITIONS - 1)

EXAMPLES = int(os.environ.get("LAWS_EXAMPLES", "60"))
STEPS = int(os.environ.get("LAWS_STEPS", "40"))
PROFILE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[p for p in Phase if p is not Phase.shrink or "LAWS_QUICK" not in os.environ],
)
