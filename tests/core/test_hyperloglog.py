from __future__ import annotations

from random import Random

import pytest

from streams.core.sketches import hyperloglog


@pytest.mark.parametrize("size", [0, 1, 150, 1_000, 20_000])
def test_estimate_depends_on_the_set_alone(size: int) -> None:
    ids = [f"customer-{n}" for n in range(size)]
    whole = hyperloglog.empty()
    parts = [hyperloglog.empty() for _ in range(5)]
    shuffled = Random(7).sample(ids, size)
    for one in ids:
        whole.update(one)
    for n, one in enumerate(shuffled + shuffled[: size // 2]):
        parts[n % 5].update(one)
    stored = [hyperloglog.load(hyperloglog.dump(part)) for part in parts]
    assert hyperloglog.estimate([whole]) == hyperloglog.estimate(stored)
    assert hyperloglog.estimate([whole]) == pytest.approx(size, rel=5 * 0.016)
