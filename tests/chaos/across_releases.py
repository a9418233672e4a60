"""What this release says of alerts after an older one had judged the first part. Pure.

Of a series of which both said the same up to the take-over, what is said after it is the same: the
same transitions at the same times, of as many events and customers. A series of which the older
release said something else, or on which it alone has alerts, is left out, and named.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.topics import HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare import Messages

Series = tuple[str, tuple[tuple[str, str], ...]]
"""Metric, and labels in the order of their names."""
Said = tuple[str, str, str, int, int]
"""When, the state, the reason, and how many events and customers there were by then."""

_row = msgspec.json.Decoder()


class Judged:
    """Transitions of alerts by series, those of the older release apart.

    `older` has what the older release had published when it stopped, `all_of_it` what there is in
    the end, `want` what one clean pass of this release says.
    """

    def __init__(self, older: Messages, all_of_it: Messages, want: Iterable[Any]) -> None:
        rows = [_row.decode(value or b"null") for _, value in all_of_it]
        self._older = _by_series(rows[: len(older)])
        self._newer = _by_series(rows[len(older) :])
        self._want = _by_series(want)
        self._until = max((said[0] for group in self._older.values() for said in group), default="")

    def otherwise(self) -> set[Series]:
        """Find the series of which the two said something else up to the take-over."""
        return {
            series
            for series in self._older.keys() | self._want.keys()
            if [said[:3] for said in self._older.get(series, [])]
            != [said[:3] for said in self._want.get(series, []) if said[0] <= self._until]
        }

    def differences(self) -> list[str]:
        """List what this release says otherwise of series of which both had said the same."""
        alike = (self._newer.keys() | self._want.keys()) - self.otherwise()
        found = []
        for series in sorted(alike):
            want = [said for said in self._want.get(series, []) if said[0] > self._until]
            have = self._newer.get(series, [])
            found += [f"{HISTORY} {series}: missing: {said}" for said in want if said not in have]
            found += [
                f"{HISTORY} {series}: one too many: {said}" for said in have if said not in want
            ]
        return found

    def compared(self) -> tuple[int, int]:
        """Count the series that are compared, and their transitions after the take-over."""
        alike = self._want.keys() - self.otherwise()
        after = [said for series in alike for said in self._want[series] if said[0] > self._until]
        return len(alike), len(after)


def _by_series(rows: Iterable[Any]) -> dict[Series, list[Said]]:
    found: dict[Series, list[Said]] = defaultdict(list)
    for row in rows:
        series = row["metric"], tuple(sorted(row["labels"].items()))
        said = row["at"], row["state"], row["reason"], row["observed"], row["customers"]
        found[series].append(said)
    return {series: sorted(group) for series, group in found.items()}
