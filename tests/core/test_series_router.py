"""The first values of a breakdown have series of their own, in whatever batches events come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.catalogue import TOPICS
from streams.core.distinct_rows import FEW
from streams.core.ingest.label_codes import LabelCodes
from streams.core.ingest.series_router import SeriesRouter
from streams.core.series_key import OTHER, series_key

LABELS = TOPICS["referrals"].labels
BREAKDOWNS = [("channel",), ("segment", "channel"), ()]
CAP = 3
EVENT = st.tuples(*[st.sampled_from([None, "unknown", OTHER, "a", "b", "c"])] * len(LABELS))


@given(st.lists(st.tuples(st.lists(EVENT, min_size=1, max_size=6), st.booleans()), max_size=5))
def test_the_first_to_come_are_admitted(
    batches: list[tuple[list[tuple[str | None, ...]], bool]],
) -> None:
    codes, router = LabelCodes(LABELS, {}), SeriesRouter({"referrals": BREAKDOWNS}, CAP)
    admitted: list[dict[str, None]] = [{} for _ in BREAKDOWNS]
    for given_events, many in batches:
        events = given_events * (FEW if many else 1)
        columns = [
            np.array([known[value] for value in column])
            for known, column in zip(codes.numbers, zip(*events, strict=True), strict=True)
        ]
        found = list(router.series("referrals", codes, columns))
        for breakdown, first, numbers in zip(BREAKDOWNS, admitted, found, strict=True):
            for event, number in zip(events, numbers.tolist(), strict=True):
                values = dict(zip(LABELS, event, strict=True))
                labels = {label: values[label] or "unknown" for label in breakdown}
                name = series_key("referrals", labels)
                if len(first) < CAP:
                    first[name] = None
                elif name not in first:
                    name = series_key("referrals", dict.fromkeys(breakdown, OTHER))
                assert router.names[number] == name
    assert set(router.drain_admitted()) == {name for first in admitted for name in first}
    assert router.admitted == sum(map(len, admitted))
