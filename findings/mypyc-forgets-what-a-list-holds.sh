#!/usr/bin/env bash
# mypy 2.4.1 (mypyc), msgspec 0.22.0. Needs a C compiler and the headers of Python.
# One would think: a module compiled by mypyc has the annotations that it had, as strings where it says
# `from __future__ import annotations`; so a structure of msgspec takes and refuses what it did.
# What happens: of the type of a field the class alone is kept, `list` of `list[int]`. The compiled
# structure takes texts for numbers. And a named tuple whose field has a type that is imported for
# type checkers alone breaks its module with KeyError.
. "$(dirname "$0")/lib/finding.sh"
install mypy==2.4.1 msgspec==0.22.0 setuptools==80.9.0
cat >"$folder/sound.py" <<'END'
from __future__ import annotations
import msgspec
class Sound(msgspec.Struct):
    numbers: list[int]
END
cat >"$folder/broken.py" <<'END'
from __future__ import annotations
from typing import TYPE_CHECKING, NamedTuple
if TYPE_CHECKING:
    from collections.abc import Sequence
class Broken(NamedTuple):
    numbers: Sequence[int]
END
cat >"$folder/told.py" <<'END'
import sys
from noted import noted

with_compiler = sys.argv[1] == "compiled"
import sound
import msgspec
try:
    took = str(msgspec.json.decode('{"numbers": ["none"]}', type=sound.Sound).numbers)
except msgspec.ValidationError:
    took = "refused"
noted("a text among the numbers", "['none']" if with_compiler else "refused", took)
try:
    import broken
    came = "imported"
except KeyError as error:
    came = f"KeyError {error}"
noted("a named tuple", "KeyError 'Sequence'" if with_compiler else "imported", came)
END
run told.py pure
PATH="$folder/env/bin:$PATH" run -m mypyc sound.py broken.py >"$folder/build.log" 2>&1 ||
    { cat "$folder/build.log" >&2 && changed "mypyc does not compile it"; }
run told.py compiled
seen "what mypyc compiles has fields of another type"
