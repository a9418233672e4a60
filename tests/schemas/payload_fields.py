"""The fields of events for hypothesis, by source topic: values that the contract accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

TEXT: Final = st.characters(codec="utf-8")


def in_json(strategy: SearchStrategy[object]) -> SearchStrategy[str]:
    ascii_too = st.booleans()
    return st.builds(lambda v, a: json.dumps(v, ensure_ascii=a), strategy, ascii_too)


def _string(longest: int, shortest: int = 1) -> SearchStrategy[str]:
    at_bounds = st.builds(
        lambda char, size: char * size,
        st.sampled_from("a\u00e9\u20ac\U0001f600\0"),
        st.sampled_from([shortest, longest - 1, longest]),
    )
    return in_json(st.text(TEXT, min_size=shortest, max_size=min(longest, 20)) | at_bounds)


def _integer(low: int, high: int) -> SearchStrategy[str]:
    return in_json(st.integers(low, high) | st.sampled_from([low, low + 1, high - 1, high]))


def list_of(items: SearchStrategy[str], longest: int) -> SearchStrategy[str]:
    some = st.lists(items, max_size=3)
    full = st.lists(items, min_size=longest, max_size=longest)
    return (some | full).map(lambda found: f"[{','.join(found)}]")


_DIGITS: Final = st.text("0123456789", min_size=1, max_size=12)
GOOD_TIME: Final = st.builds(
    lambda t, fraction, offset: t.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + fraction + offset,
    st.datetimes(),
    st.just("") | _DIGITS.map(lambda d: "." + d[:6]),
    st.sampled_from(["Z", "+00:00", "-00:00", "+05:30", "-11:59", "+23:59", "-23:59"]),
)
ODD_TIME: Final = st.one_of(
    st.from_regex(
        r"([0-9]{4}|0000|9999)-(0[1-9]|1[0-2]|02|13)-([0-3][0-9]|29|30|31)[Tt _]?([01][0-9]|2[0-4])"
        r":[0-6][0-9](:[0-6][0-9])?"
        r"([.,][0-9]{0,12})?(Z|z|[+-]([0-2][0-9]|24|00):?([0-6][0-9])?| Z)?",
        fullmatch=True,
    ),
    st.builds(lambda t, f: f"{t:%Y-%m-%dT%H:%M:%S}.{f}Z", st.datetimes(), _DIGITS),
    st.sampled_from(
        [
            "2016-12-31T23:59:60Z",
            "2017-01-18T24:00:00Z",
            "2017-02-30T00:00:00Z",
            "2017-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+23:59",
            "2017-01-18T09:30:00+24:00",
            "2017-01-18T09:30:00",
            "2017-01-18T09:30Z",
            "2017-01-18",
            "20170118T093000Z",
            "2017-W03-3T09:30:00Z",
            "1484731800",
            "now",
            "\uff12017-01-18T09:30:00Z",
        ]
    ),
)

ID: Final = _string(128)
LABEL: Final = _string(200)
NULL: Final = st.just("null")
OPTIONAL: Final = LABEL | NULL
TIME: Final = in_json(GOOD_TIME)
BOOL: Final = st.sampled_from(["true", "false"])
MONEY: Final = _integer(0, 10**15)
CURRENCY: Final = in_json(st.text("ABCXYZ", min_size=3, max_size=3))
COMMON: Final = {
    "event_id": ID,
    "customer_id": ID,
    "occurred_at": TIME,
    "schema_version": st.just("1"),
    "segment": OPTIONAL,
}
FIELDS: Final[dict[str, dict[str, SearchStrategy[str]]]] = {
    "signups": {
        **COMMON,
        "channel": OPTIONAL,
        "plan": OPTIONAL,
        "monthly_value": MONEY,
        "currency": CURRENCY,
        "subscription_id": ID | NULL,
    },
    "cancellations": {
        **COMMON,
        "reason": OPTIONAL,
        "avoidable": BOOL | st.just("null"),
        "value_lost": MONEY,
        "currency": CURRENCY,
        "subscription_id": ID | NULL,
        "effective_at": TIME | NULL,
        "initiative": in_json(st.sampled_from([None, "customer", "company", "payment"])),
        "reasons": list_of(LABEL, 10) | NULL,
        "detail": _string(10_000, 0) | NULL,
    },
    "complaints": {
        **COMMON,
        "customer_id": ID | st.just("null"),
        "product": OPTIONAL,
        "issue": OPTIONAL,
        "channel": OPTIONAL,
        "region": OPTIONAL,
        "company": OPTIONAL,
        "brand": OPTIONAL,
        "severity": in_json(st.sampled_from([None, "low", "medium", "high", "critical"])),
        "text": _string(10_000, 0) | st.just("null"),
    },
    "referrals": {
        **COMMON,
        "referred_customer_id": ID | st.just("null"),
        "converted": BOOL,
        "channel": OPTIONAL,
    },
    "renewals": {
        **COMMON,
        "outcome": in_json(st.sampled_from(["renewed", "refused"])),
        "term_months": _integer(1, 1200) | st.just("null"),
        "value": MONEY,
        "currency": CURRENCY,
        "reason": OPTIONAL,
        "subscription_id": ID | NULL,
        "term_end": TIME | NULL,
    },
    "revenue": {
        **COMMON,
        "amount": _integer(-(10**15), 10**15),
        "cost_to_serve": MONEY,
        "currency": CURRENCY,
        "kind": OPTIONAL,
    },
    "changes": {
        **COMMON,
        "change": in_json(
            st.sampled_from(
                [
                    *["changed", "paused", "resumed", "trial_began", "trial_ended"],
                    *["trial_converted", "past_due", "paid", "merged", "forgotten"],
                ]
            )
        ),
        "plan": OPTIONAL,
        "channel": OPTIONAL,
        "reason": OPTIONAL,
        "monthly_value": MONEY | NULL,
        "currency": CURRENCY | NULL,
        "merged_into": ID | NULL,
        "subscription_id": ID | NULL,
    },
    "complaint_updates": {
        **COMMON,
        "complaint_id": ID,
        "status": in_json(st.sampled_from(["acknowledged", "answered", "resolved", "reopened"])),
        "channel": OPTIONAL,
        "text": _string(10_000, 0) | NULL,
    },
    "corrections": {
        **COMMON,
        "topic": NULL,  # these three are drawn together: see `_corrected`
        "original": NULL,
        "replacement": NULL,
        "reason": OPTIONAL,
    },
}
_ALWAYS: Final = frozenset({"event_id", "customer_id", "occurred_at"})
REQUIRED: Final = {
    "signups": _ALWAYS | {"monthly_value", "currency"},
    "cancellations": _ALWAYS | {"value_lost", "currency"},
    "complaints": _ALWAYS - {"customer_id"},
    "referrals": _ALWAYS,
    "renewals": _ALWAYS | {"outcome", "value", "currency"},
    "revenue": _ALWAYS | {"amount", "currency"},
    "changes": _ALWAYS | {"change"},
    "complaint_updates": _ALWAYS | {"complaint_id", "status"},
    "corrections": _ALWAYS | {"topic", "original"},
}
