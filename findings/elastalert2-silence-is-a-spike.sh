#!/usr/bin/env bash
# elastalert2 2.19.0, its spike rule with the options that must be there and no more.
# One would think: spike_type "up" tells when three times as many events come as in the hour before.
# What happens: when nothing comes any more, no events are three times as many as no events. The rule
# tells a spike of 0 after 0, and again every two hours and five minutes for as long as it is silent.
# A key that was never seen before has no spike, however much comes of it, but with alert_on_new_data.
# (pytz is imported and not among what the package says it needs.)
. "$(dirname "$0")/lib/finding.sh"
install elastalert2==2.19.0 pytz==2026.6
run - <<'PYTHON'
import logging
from datetime import UTC, datetime, timedelta

from elastalert.ruletypes import SpikeRule
from noted import noted

logging.disable(logging.CRITICAL)
START = datetime(2026, 1, 5, tzinfo=UTC)
STEP = 5  # minutes between two queries


def told(events, hours, **more):
    """Play events (minute, company) as the runner hands them over; give what the rule tells."""
    rule = SpikeRule(
        {
            "timeframe": timedelta(hours=1),
            "spike_height": 3,
            "spike_type": "up",
            "timestamp_field": "@timestamp",
            **more,
        }
    )
    for minute in range(0, hours * 60, STEP):
        rule.add_data(
            [
                {"@timestamp": START + timedelta(minutes=at), "company": company}
                for at, company in events
                if minute <= at < minute + STEP
            ]
        )
        rule.garbage_collect(START + timedelta(minutes=minute + STEP))
        for match in rule.matches:
            yield (minute + STEP, match["reference_count"], match["spike_count"])
        rule.matches = []


steady = [(minute, "a") for minute in range(0, 360, STEP)]
noted(
    "steady for six hours, then silent: minute, before, now",
    [(475, 0, 0), (600, 0, 0), (725, 0, 0), (850, 0, 0), (975, 0, 0), (1100, 0, 0)],
    list(told(steady, 20)),
)
noted("the same with threshold_cur: 1", [], list(told(steady, 20, threshold_cur=1)))
burst = [(1200 + n / 2, "new") for n in range(100)]
others = [(minute, "other") for minute in range(0, 1440, STEP)]
events = sorted(others + burst)
noted(
    "a hundred in an hour of a new key, none before",
    [],
    list(told(events, 24, query_key="company", threshold_cur=10)),
)
noted(
    "the same with alert_on_new_data",
    [(1205, 0, 10)],
    list(told(events, 24, query_key="company", threshold_cur=10, alert_on_new_data=True)),
)
PYTHON
seen "silence is a spike of nothing, and what is new is none"
