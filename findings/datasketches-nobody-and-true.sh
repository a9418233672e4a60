#!/usr/bin/env bash
# datasketches 5.2.0: what counts as the same item is neither Python's equality nor the text.
# One would think: 1, 1.0 and True are one item (they are one key of a dict), "1" another, "" a third.
# What happens: True is 1; 1.0 is another item than 1; "" is not counted at all, though None is an error.
. "$(dirname "$0")/lib/finding.sh"
install datasketches==5.2.0
run - <<'END'
from datasketches import hll_sketch, update_theta_sketch
from noted import noted


def count(make, *items):
    sketch = make(12)
    for item in items:
        sketch.update(item)
    return round(sketch.get_estimate())


for make in (hll_sketch, update_theta_sketch):
    noted(f"{make.__name__}: 1, True", 1, count(make, 1, True))
    noted(f"{make.__name__}: 1, 1.0", 2, count(make, 1, 1.0))
    noted(f"{make.__name__}: 1, '1'", 2, count(make, 1, "1"))
    noted(f"{make.__name__}: ''", 0, count(make, ""))
    try:
        count(make, None)
    except TypeError:
        continue
    noted(f"{make.__name__}: None", "TypeError", "counted")
END
seen "True is 1, 1.0 is not, and the empty string is nobody"
