from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.backtest.labels import Label
from streams.backtest.places import Places
from streams.core.series_key import series_key

WHEN = datetime(2024, 1, 1, tzinfo=UTC)
PLACES = Places(
    [
        series_key("complaints", {}),
        *(series_key("complaints", {"company": name}) for name in ("WELLS FARGO & CO", "Ditech")),
        series_key("complaints", {"product": "Loan", "issue": "Fees"}),
    ]
)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({}, ""),
        ({"company": "Ditech", "product": "Loan"}, ""),
        ({"company": "Wells Fargo"}, "did you mean 'WELLS FARGO & CO'?"),
        ({"company": "ditec"}, "no event has company 'ditec'; did you mean 'Ditech'?"),
        ({"company": "ditehc"}, "did you mean 'Ditech'?"),
        ({"brand": "X"}, "no series is kept by brand: see tables.breakdowns"),
    ],
)
def test_a_label_that_no_alert_can_tell_of_is_told(labels: dict[str, str], said: str) -> None:
    told = PLACES.unknown(Label("it", WHEN, WHEN, None, labels))
    assert told.endswith(said)
    assert bool(told) is bool(said)


def test_what_resembles_nothing_lists_nothing() -> None:
    told = PLACES.unknown(Label("it", WHEN, WHEN, None, {"company": "xyzzy"}))
    assert told == "no event has company 'xyzzy'"
