from __future__ import annotations

import pytest
from aiokafka import TopicPartition

from streams.core.catalogue import TOPICS
from streams.core.messages import PARTIALS
from streams.settings import Settings
from streams.transport.failure import StateRefusedError, WorkerFailedError
from streams.transport.state.restore import Restorer
from streams.worker.topology import pipeline


@pytest.fixture
def taker() -> Restorer:
    settings = Settings()
    specs = {spec.name: spec for spec in pipeline(settings)(2)}
    return Restorer(settings, specs, dict.fromkeys(TOPICS, 2) | {PARTIALS: 2})


def test_an_assignment_asks_for_the_tables_of_its_partitions(taker: Restorer) -> None:
    given = [TopicPartition(topic, 1) for topic in TOPICS] + [TopicPartition(PARTIALS, 0)]
    assert taker.places(given) == {("fold", 1), ("series", 0)}


def test_a_partition_that_was_added_meanwhile_is_refused(taker: Restorer) -> None:
    given = [TopicPartition(topic, 2) for topic in TOPICS]
    with pytest.raises(StateRefusedError, match=r"had 2 and has more.*counts were changed"):
        taker.places(given)


def test_topics_of_a_stage_that_are_not_given_together_are_refused(taker: Restorer) -> None:
    given = [TopicPartition(topic, 0) for topic in list(TOPICS)[1:]]
    with pytest.raises(WorkerFailedError, match="another worker of this group reads other topics"):
        taker.places(given)
