from datetime import timedelta

import pytest

from streams.demo import complaints
from streams.demo import events as demo
from streams.demo.times import midnight


@pytest.fixture(scope="session")
def events() -> list[demo.Event]:
    """Two months of the demo, with customers enough that all sorts of lives occur."""
    end = midnight(complaints.FIRST + timedelta(days=62))
    return list(demo.events(demo.company_of(7, customers=4000), end))
