#!/usr/bin/env bash
# datasketches 5.2.0 (Apache DataSketches for Python): HLL and theta take a Python int that needs
# the 64th bit as a float, without a word.
# One would think: an int of 64 bits is an int, as all of them take one beside it.
# What happens: a thousand ids from 2**63 on (unsigned 64-bit hashes are such) are one customer to
# HLL and to theta; the CPC sketch of the same package tells them apart.
. "$(dirname "$0")/lib/finding.sh"
install datasketches==5.2.0
run - <<'END'
from datasketches import cpc_sketch, hll_sketch, update_theta_sketch
from noted import noted


def estimate(sketch, first):
    for number in range(first, first + 1000):
        sketch.update(number)
    return round(sketch.get_estimate())


near = range(950, 1051)
for name, make, above in (
    ("hll", lambda: hll_sketch(12), False),
    ("theta", lambda: update_theta_sketch(12), False),
    ("cpc", lambda: cpc_sketch(11), True),
):
    noted(
        f"{name}: 1000 ids below 2**63 are about 1000", True, estimate(make(), 2**63 - 1000) in near
    )
    found = estimate(make(), 2**63)
    noted(
        f"{name}: 1000 ids from 2**63 on give {found}", True, found in near if above else found == 1
    )
END
seen "1000 ids from 2**63 on are 1 to HLL and theta, about 1000 to CPC"
