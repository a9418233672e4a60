"""Loops over letters, rows and columns that Cython compiled, where there was a C compiler.

Each stands in for a function in Python, which stays, says what is right, and is what runs where
nothing was compiled, or with `PURE_PYTHON=1`. Nothing but time depends on which of them runs:

    fingerprints = compiled.instead_of(_fingerprints, "fingerprints")

`hatch_build.py` compiles them; decision 39 says why.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

PURE: Final = os.environ.get("PURE_PYTHON", "0") not in {"", "0"}
"""Whether nothing compiled is to run; the name of the variable is that of other packages, too."""


def instead_of(pure: Callable[P, R], module: str) -> Callable[P, R]:
    """Return the function of a module here that is named as `pure` is, but for `_` before it.

    It is `pure` itself where nothing was compiled.

    Raises:
        ImportError: it was compiled from an older source, which had no such function. Others that
            have theirs may be older, too, so that nothing goes on with them.
    """
    if PURE:
        return pure
    try:
        found = import_module(f"{__name__}.{module}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{module}":
            raise
        return pure
    compiled: Callable[P, R] | None = getattr(found, pure.__name__.lstrip("_"), None)
    if compiled is None:
        raise ImportError(
            f"{found.__file__} was compiled from an older {module}.pyx: run `make install`",
            name=found.__name__,
            path=found.__file__,
        )
    return compiled
