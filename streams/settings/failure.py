"""Why a command does not begin: its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST: Final = 10
"""Problems that are named at once."""
LONGEST: Final = 120
"""Characters of a name that are shown."""


class SettingsError(Exception):
    """The settings cannot be used: one line that names the setting and quotes no value of it."""


def together(problems: Sequence[str]) -> str:
    """Return problems in one line, the first of them in words."""
    more = [f"and {len(problems) - MOST:,} more"] if len(problems) > MOST else []
    return "; ".join([*problems[:MOST], *more])


def shown(name: str) -> str:
    """Return a name that somebody wrote, fit for a line."""
    plain = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}..."
