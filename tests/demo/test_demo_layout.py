"""How far reading may fall behind before the producer waits."""

import pytest

from streams.demo import layout
from streams.demo.lag import Span

DAY = 86_400


@pytest.mark.parametrize("topic", layout.READ_BY_WORKER)
def test_the_producer_waits_for_any_topic_that_is_read_too_slowly(topic: str) -> None:
    most = layout.MOST_BEHIND.get(topic, layout.MOST_BEHIND_OTHERS)
    well = {(name, 0): Span(0, 0, 0) for name in layout.READ_BY_WORKER}

    assert not layout.too_far(well | {(topic, 0): Span(0, 7, 7 + most)})
    assert layout.too_far(well | {(topic, 0): Span(0, 7, 8 + most)})


def test_it_waits_for_the_numbers_of_customers() -> None:
    assert not layout.untold(100 * DAY, 70 * DAY)
    assert layout.untold(100 * DAY + 1, 70 * DAY)
