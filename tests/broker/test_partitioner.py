from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.core.partitioner import partitions_of


@given(st.lists(st.binary(max_size=40)), st.integers(1, 50))
def test_a_key_goes_where_every_other_client_sends_it(keys: list[bytes], count: int) -> None:
    choose = DefaultPartitioner()
    every = list(range(count))
    assert partitions_of(keys, count) == [choose(key, every, every) for key in keys]
