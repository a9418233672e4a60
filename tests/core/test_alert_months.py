"""An alert carries its months: counts as they are, and what the calendar makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from events import T0, WALL, complaint, records

from schemas.alerts import Alert
from schemas.topics import HISTORY
from streams.core.pipeline import Pipeline
from streams.settings import Settings

DAY = 86400
DAYS = 66
DAILY = 6
BURST = 80


def test_an_alert_compares_its_months_with_those_before() -> None:
    pipeline = Pipeline(Settings())
    midnight = T0 - T0 % DAY
    counts = [BURST if day == DAYS else DAILY for day in range(DAYS + 6)]
    events = [
        complaint(f"{day}-{n}", midnight + day * DAY + n * DAY // many)
        for day, many in enumerate(counts)
        for n in range(many)
    ]
    sends = [*pipeline.process("complaints", records(*events), WALL), *pipeline.finish(WALL)]
    reported = [json.loads(s.value or b"") for s in sends if s.topic == HISTORY]
    last = [row for row in reported if row["labels"] == {}][-1]
    alert = Alert.model_validate(last)
    months = {one.kind: one for one in alert.comparison}
    assert {"28d", "to_date"} <= months.keys()
    assert not any(kind.endswith("_year") for kind in months)
    first = datetime.fromtimestamp(midnight, UTC)
    for one in months.values():
        now = counts[(one.start - first).days : (one.end - first).days]
        before = counts[(one.before_start - first).days : (one.before_end - first).days]
        assert (one.count, one.before) == (sum(now), sum(before))
        assert one.excess == round(one.count - one.expected, 2)
        assert f"{one.count:,}, " in one.message
    four_weeks = months["28d"]
    assert four_weeks.expected == four_weeks.before == 28 * DAILY
