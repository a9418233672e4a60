#!/usr/bin/env bash
# numpy 2.4.6: on an AMD processor of family 25 with AVX-512 (Zen 4), sorting is slower for it.
# One would think: what a processor can do in addition is used where it is faster.
# What happens: integers are sorted by AVX-512, which writes packed lanes to memory slowly there: four
# to six times as long as by AVX2, which NPY_DISABLE_CPU_FEATURES falls back to.
. "$(dirname "$0")/lib/finding.sh"
if ! grep -q AuthenticAMD /proc/cpuinfo || ! grep -q avx512f /proc/cpuinfo ||
    ! grep -q "cpu family.*: 25$" /proc/cpuinfo; then
    echo "not seen: it takes an AMD processor of family 25 with AVX-512"
    exit 0
fi
install numpy==2.4.6
cat >"$folder/sorting.py" <<'END'
import time

import numpy as np

numbers = np.random.default_rng(1).integers(0, 1 << 62, 40_000)


def once():
    begun = time.process_time()
    for _ in range(20):
        np.sort(numbers)
    return time.process_time() - begun


print(min(once() for _ in range(9)))
END
by_avx512=$(run "$folder/sorting.py")
by_avx2=$(NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL" run "$folder/sorting.py")
run - "$by_avx512" "$by_avx2" <<'END'
import sys

from noted import noted

slower, faster = map(float, sys.argv[1:])
print(f"40,000 integers, CPU: {slower / 20 * 1e3:.2f} ms by AVX-512, {faster / 20 * 1e3:.2f} by AVX2")
noted("AVX-512 takes at least twice as long", True, slower > 2 * faster)
END
seen "what is wider is slower"
