"""What the tests for artefacts find in one window, given what was found before."""

from __future__ import annotations

import numpy as np
from artefact_worlds import DAY

from streams.core.artefacts import by_event
from streams.core.artefacts.verdict import Findings, Known, Reason, judge
from streams.core.evidence.attribution import Rise, dissect
from streams.core.evidence.evidence import Evidence
from streams.core.evidence.sample import Everything, Sampled


def test_few_of_a_minute_are_bulk_where_it_is_known_to_have_been() -> None:
    times = np.array([*range(60, 3600, 240), *[7260] * 6, 7500])
    none = np.zeros(times.size, dtype=np.int64)
    events = Sampled(none, none, none, times, none, np.ones(times.size), 0, 7800)
    now = times >= 7200

    def look(known: dict[int, float]) -> by_event.SampledRise:
        return by_event.SampledRise(
            events, now, ~now, 0.1, 6.0, known, frozenset(), lambda: Everything(events)
        )

    assert by_event.bulk(look({})) is None
    found = by_event.bulk(look({-7260: 0.0}))
    assert found is not None
    assert found.gone.sum() == 6.0
    assert found.culprits == {-7260: 0.0}


def test_what_was_taken_out_before_makes_no_artefact_without_words_for_it() -> None:
    start = 100 * DAY
    rise = Rise("[]", {}, (), start, start + 7 * DAY, 40.0, 4.0, 12.0, 9.0)
    so_far = Findings("real", [], {start + DAY: 36.0}, {})
    evidence = Evidence(600)
    found = judge(dissect(rise, start, evidence), start, evidence, so_far, Known({}, frozenset()))
    assert (found.verdict, found.reasons) == ("real", [])


def test_what_was_taken_out_of_days_before_counts_in_the_shares() -> None:
    start = 100 * DAY
    rise = Rise("[]", {}, (), start, start + 7 * DAY, 60.0, 10.0, 30.0, 9.0)
    reported = [Reason("duplicate_load", 0.9, "20 of 22"), Reason("catch_up", 0.3, "was silent")]
    so_far = Findings("artefact", reported, {start + DAY: 20.0}, {})
    evidence = Evidence(600)
    found = judge(dissect(rise, start, evidence), start, evidence, so_far, Known({}, frozenset()))
    assert (found.verdict, found.reasons) == ("real", [Reason("duplicate_load", 0.4, "20 of 22")])
