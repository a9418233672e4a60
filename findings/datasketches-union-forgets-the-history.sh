#!/usr/bin/env bash
# datasketches 5.2.0: an HLL sketch that is merged with itself gives another estimate.
# One would think: an estimate depends on the registers, that is on the set alone.
# What happens: a sketch that was built in one go answers from a running sum over its history (HIP),
# which depends on the order in which the set came; once merged, it answers from the registers. So
# the same 5000 customers have three estimates: forwards, backwards, merged. Twice merged sketches
# agree to the byte, whatever the order was.
. "$(dirname "$0")/lib/finding.sh"
install datasketches==5.2.0
run - <<'END'
from datasketches import hll_sketch, hll_union, tgt_hll_type
from noted import noted


def built(customers):
    sketch = hll_sketch(12, tgt_hll_type.HLL_8)
    for customer in customers:
        sketch.update(customer)
    return sketch


def merged(*sketches):
    union = hll_union(12)
    for sketch in sketches:
        union.update(sketch)
    return union.get_result(tgt_hll_type.HLL_8)


customers = [f"C{number}" for number in range(5000)]
one, other = built(customers), built(customers[::-1])
half = merged(built(customers[:2500]), built(customers[2500:]))
estimates = [
    round(s.get_estimate(), 3)
    for s in (one, other, merged(one), merged(one, one), merged(other, other), half)
]
print(" ", "forwards, backwards, merged once, twice, twice backwards, of halves:", estimates)
noted("forwards and backwards agree", False, estimates[0] == estimates[1])
noted("alone in a union it keeps its history", True, estimates[2] == estimates[0])
noted("merged with itself it changes", True, estimates[3] != estimates[0])
noted("all that were merged agree", 1, len(set(estimates[3:])))
noted("to the byte", 1, len({merged(s, s).serialize_compact() for s in (one, other, half)}))
END
seen "5000 customers have one estimate by their order and another after a merge with themselves"
