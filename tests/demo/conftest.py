from itertools import islice

import pytest

from streams.demo.complaints import days
from streams.demo.lifecycle import Event, Simulation


@pytest.fixture(scope="session")
def events() -> list[Event]:
    """Two months of the demo, with customers enough that all sorts of lives occur."""
    return list(Simulation(islice(days(), 62), opening=4000, seed=7).events())
