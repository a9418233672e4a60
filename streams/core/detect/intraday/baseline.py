"""The day of every series, for the fast test: what is expected by when, and how events weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detect.daily.model import dispersion
from streams.core.detect.deviance import LEAST
from streams.core.detect.intraday import diurnal_profile
from streams.core.detect.state_matrix import COUNTS, HOURS, MU, QUARTERS, Q
from streams.core.event_time.buckets import DAY as DAY_SECONDS
from streams.core.event_time.buckets import HOUR
from streams.core.event_time.zone import UTC_ZONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.intraday.diurnal_profile import TwoDays
    from streams.core.detect.state_matrix import Singles, Slots, Vector
    from streams.core.detect.tuning import Tuning
    from streams.core.event_time.zone import Lived

    Rows = NDArray[np.float64]

RISES: Final = (2.0, 3.0, 5.0, 10.0)
RAISED_AT: Final = 12.0
"""About how large a sum is when it is reported: so many events does a rise need until then."""
SIZE: Final = np.array(RISES)[:, np.newaxis]
NEEDED: Final = RAISED_AT / (SIZE * np.log(SIZE) - SIZE + 1.0)
"""Events expected in the time that a rise needs to be reported."""
LEAST_BEYOND: Final = 1e-6
"""The variance over the mean exceeds 1 by at least so much."""
LEVEL, SHAPE = 0.15, 0.5
"""So much of the doubt of a day's expectation, and of its profile, stays in a sum: half of it, as a
sum is half as long on its way, and of the first what does not come from the weekday alone."""
LATEST: Final = 100.0
"""Days: a rise that needs longer to be reported is none of the fast test."""
NOTHING: Final = 1e-9
QUARTER: Final = DAY_SECONDS // QUARTERS
EDGE: Final = HOUR // QUARTER
"""The profile goes on for an hour before and after the day: so far may the clock be off."""
HARDLY: Final = 0.01
"""So often comes a quarter that is skipped as the clock is changed: by 0 nothing is divided."""
WAYS: Final = (-1, 1)
"""Hours by which all may come later than usual."""
AT_ONCE: Final = 512
"""Series that are worked out at once where fewer are asked for: it takes hardly longer."""
_CLOCKS: Final = np.array([0, *WAYS])
_WEIGHTS: Final = slice(2, 2 + 2 * len(RISES))
_HEAD: Final = _WEIGHTS.stop


class Baseline:
    """The day of the series that are looked at: what is expected by when, and how events weigh.

    It is what it is until the day is over, so each series is worked out once, when it is first
    looked at, or beside others that are. It then has a column here, which `cover` gives. `lived`
    says which quarters of an hour come twice or not at all as the clock is changed by law.
    """

    def __init__(self, tuning: Tuning, lived: Lived = UTC_ZONE.lived) -> None:
        self._tuning = tuning
        self._lived = lived
        self._columns: Slots = np.empty(0, dtype=np.intp)  # by slot; -1 where there is none
        self._size = 0
        self._ahead = 0  # the series before this slot are worked out
        self._rows: Rows = np.empty((_HEAD + QUARTERS + 2 * EDGE + 1, 0))
        self._raised: tuple[list[int], TwoDays] | None = None

    def begin(self) -> None:
        """Begin a day, or one of which something else is expected."""
        self._columns.fill(-1)
        self._size = self._ahead = 0
        self._raised = None

    def cover(self, cells: Rows, slots: Slots, day: int) -> Slots:
        """Give the columns of series (slots, each named once), and work out their `day`.

        That is done at the first look at a series since the day began. `cells` has the states of
        all series there are, and no more.
        """
        more = cells.shape[1] - self._columns.size
        if more > 0:
            more = max(more, self._columns.size)
            self._columns = np.concatenate((self._columns, np.full(more, -1)))
        fresh = slots[self._columns[slots] < 0]
        if fresh.size:
            self._work_out(cells, np.concatenate((fresh, self._others(cells, fresh))), day)
        return self._columns[slots]

    def two_days(self, cells: Rows, slots: Slots, day: int) -> TwoDays:
        """Give the profiles of `day` and of the day before, of the series that are raised.

        They are asked for every hour, and are mostly the same.
        """
        asked = slots.tolist()
        if self._raised is None or self._raised[0] != asked:
            self._raised = asked, diurnal_profile.two_days(cells, slots, day, self._tuning)
        return self._raised[1]

    def _others(self, cells: Rows, fresh: Slots) -> Slots:
        """Give series that are not worked out yet and may be looked at later: a few at a time."""
        first, room = self._ahead, max(AT_ONCE - fresh.size, 0)
        self._ahead = min(first + room, cells.shape[1])
        columns = self._columns[first : self._ahead].copy()
        columns[fresh[(fresh >= first) & (fresh < self._ahead)] - first] = 0
        return np.flatnonzero(columns < 0) + first

    def _work_out(self, cells: Rows, slots: Slots, day: int) -> None:
        known, size = self._size, self._size + slots.size
        if size > self._rows.shape[1]:
            rows = np.empty((len(self._rows), min(2 * size, cells.shape[1])))
            rows[:, :known] = self._rows[:, :known]
            self._rows = rows
        state = cells[: COUNTS.start].take(slots, axis=1)
        shape = diurnal_profile.profile(cells, slots, day, self._tuning)
        own = self._rows[:, known:size]
        own[0], own[1] = state[MU], shape.phi
        own[_WEIGHTS] = weights(state, shape.phi, shape.known).reshape(-1, slots.size)
        curve, first = own[_HEAD:], EDGE + 1
        curve[EDGE] = 0.0
        quarters, lived = shape.quarters, self._lived(day)
        if lived is not None:
            quarters = quarters * np.maximum(lived, HARDLY).astype(np.float32)[:, np.newaxis]
        for at, quarter in enumerate(quarters):
            np.add(curve[EDGE + at], quarter, out=curve[first + at])
        whole = curve[EDGE + QUARTERS]
        curve[:EDGE] = curve[QUARTERS : QUARTERS + EDGE] - whole
        curve[first + QUARTERS :] = whole + curve[first : first + EDGE]
        self._columns[slots] = np.arange(known, size)
        self._size = size

    @property
    def mean(self) -> Vector:
        """The events expected of the day."""
        mean: Vector = self._rows[0]
        return mean

    @property
    def phi(self) -> Vector:
        """The variance over the mean of a count within the day."""
        phi: Vector = self._rows[1]
        return phi

    @property
    def weights(self) -> Rows:
        """What an event adds to each sum, and one expected takes away: [2, sum, series]."""
        return self._rows[_WEIGHTS].reshape(2, len(RISES), -1)

    def quarters(self, columns: Slots, clocks: Slots) -> Singles:
        """Give the share of the day in each quarter of an hour (96 rows).

        `clocks` are the hours by which all came later, as the clock has changed.
        """
        first = _HEAD + EDGE
        curve = self._rows[first : first + QUARTERS + 1].take(columns, axis=1)
        moved = np.flatnonzero(clocks)
        rows = first - EDGE * clocks[moved] + np.arange(QUARTERS + 1)[:, np.newaxis]
        curve[:, moved] = self._rows[rows, columns[moved]]
        quarters = np.empty((QUARTERS, columns.size), dtype=np.float32)
        return np.subtract(curve[1:], curve[:-1], out=quarters, casting="same_kind")

    def more(self, columns: Slots, clocks: Vector) -> Vector:
        """Give the events that a day may have more as the clock has changed: an hour of the next.

        `clocks` as of `quarters`. It is not known whether the clock changed on this day or the one
        before, so never less.
        """
        first = self._rows[_HEAD + 2 * EDGE, columns]
        events: Vector = np.where(clocks < 0, self.mean[columns] * first, 0.0)
        return events

    def whole(self, columns: Slots) -> Vector:
        """Return the day's length over that of others, by the events that its hours have."""
        ends: Vector = self._rows[_HEAD + EDGE + QUARTERS, columns]
        return ends

    def spent(self, columns: Slots, gone: Vector) -> tuple[Rows, Rows]:
        """Give the share of the day before `gone` seconds of it, and that of the quarter then.

        A row for each clock: that of any day, and all of `WAYS`. One way to work it out: the sums
        must not depend on how many buckets are looked at together.
        """
        width = self._rows.shape[1]
        part = gone / QUARTER
        quarter = np.minimum(part.astype(np.intp), QUARTERS - 1)
        clocks = _CLOCKS.reshape(-1, *(1,) * gone.ndim)
        at = (quarter + _HEAD + EDGE - EDGE * clocks) * width + columns
        flat = self._rows.reshape(-1)
        low = flat.take(at)
        share = flat.take(at + width) - low
        return low + share * (part - quarter), share

    def expected(self, columns: Slots, since: Vector, gone: Vector) -> Rows:
        """Give the events expected between two times of the day (seconds); a row for each clock."""
        events: Rows = self.mean[columns] * (
            self.spent(columns, gone)[0] - self.spent(columns, since)[0]
        )
        return events


def weights(state: Rows, phi: Singles, known: Singles) -> Rows:
    """Give what an event adds to each sum on a day, and one expected takes away: [2, sum, series].

    `phi` is the variance over the mean within the day, `known` the events that the profile rests
    on.
    """
    mean = np.maximum(state[MU], LEAST)
    days = NEEDED / mean
    swing = np.maximum(dispersion(state) - phi, 0.0) * np.minimum(days, 1.0)
    doubt = LEVEL * state[Q] + SHAPE / (known * np.maximum(days, 1.0 / HOURS))
    beyond = np.maximum(phi + swing + NEEDED * doubt - 1.0, LEAST_BEYOND)
    likelier = np.log1p((SIZE - 1.0) * beyond / (1.0 + beyond))
    within = (days <= LATEST) | (SIZE[-1] == SIZE)
    return np.stack((np.where(within, np.log(SIZE) - likelier, NOTHING), likelier / beyond))
