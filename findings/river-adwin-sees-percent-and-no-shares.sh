#!/usr/bin/env bash
# river 0.26.1: its ADWIN, by its defaults.
# One would think: a detector that takes a significance alone finds a change in whatever unit a series
# is; its own example has values of 4 to 7.
# What happens: its bound has a part that is meant for values from 0 to 1 and does not shrink with
# them (Bifet and Gavalda, 2007; `_evaluate_cut`). A churn of 2 % a day that triples, by ten standard
# deviations, is found after 15 days in percent or per mille, and after 367 as shares of .02 and .06.
# PageHinkley of the same package has its threshold in units of the series: of shares it finds nothing,
# and in per mille it raises four alarms before anything has changed.
. "$(dirname "$0")/lib/finding.sh"
install river==0.26.1
run - <<'END'
import random

from noted import noted
from river.drift import ADWIN, PageHinkley

CHANGE = 400
chance = random.Random(7)
SHARES = [chance.gauss(0.02, 0.004) for _ in range(CHANGE)]
SHARES += [chance.gauss(0.06, 0.004) for _ in range(400)]


def alarms(detector, unit):
    found = []
    for day, share in enumerate(SHARES):
        detector.update(share * unit)
        if detector.drift_detected:
            found.append(day - CHANGE)
    return found


for name, unit, by_adwin, by_page_hinkley in (
    ("shares", 1, [367], []),
    ("percent", 100, [15], [11]),
    ("per mille", 1000, [15], [-273, -122, -90, -8, 22, 90, 140, 219, 390]),
):
    noted(f"{name}: days from the change to ADWIN's alarms", by_adwin, alarms(ADWIN(), unit))
    noted("  to PageHinkley's", by_page_hinkley, alarms(PageHinkley(), unit))
END
seen "a churn that triples is found after 15 days in percent, after a year as shares"
