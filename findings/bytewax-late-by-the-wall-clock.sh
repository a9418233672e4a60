#!/usr/bin/env bash
# bytewax 0.21.1.
# One would think: with an event-time clock it is the events that decide which of them is late.
# What happens: between two events the watermark goes on with the system's clock. The same three
# events, 0, 30 and 31 s into a minute with ten seconds of grace, are all in their windows if they
# come at once or within 15 s; if two minutes pass before the second (a pause of the source, a slow
# step before it), it is late, and its window is closed without it.
. "$(dirname "$0")/lib/finding.sh"
install bytewax==0.21.1
run - <<'END'
from datetime import datetime, timedelta, timezone
import bytewax.operators as op
import bytewax.operators.windowing as windowing
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main
from noted import noted

START = datetime(2024, 3, 1, tzinfo=timezone.utc)


def play(pause):
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def events():
        nonlocal now
        yield "key", 0
        now += timedelta(seconds=pause)
        yield "key", 30
        yield "key", 31

    counted, late = [], []
    clock = windowing.EventClock(
        ts_getter=lambda second: START + timedelta(seconds=second),
        wait_for_system_duration=timedelta(seconds=10),
        now_getter=lambda: now,
    )
    windower = windowing.TumblingWindower(length=timedelta(seconds=20), align_to=START)
    flow = Dataflow("flow")
    stream = op.input("in", flow, TestingSource(events(), batch_size=1))
    windows = windowing.collect_window("windows", stream, clock, windower)
    op.output("counted", windows.down, TestingSink(counted))
    op.output("late", windows.late, TestingSink(late))
    run_main(flow)
    return sorted(second for _, (_, seconds) in counted for second in seconds), [
        second for _, (_, second) in late
    ]


for pause in (0, 15):
    noted(f"{pause} s between them: counted, late", ([0, 30, 31], []), play(pause))
noted("120 s between them: counted, late", ([0, 31], [30]), play(120))
END
seen "an event is late by how long it took to come"
