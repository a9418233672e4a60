"""A review in words and cells, as Markdown, HTML and CSV have them; nothing in it is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.core.event_time.formats import minute_of
from streams.load.money import largest_first
from streams.readmodel.review.reasons import by_money
from streams.readmodel.wording import money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streams.readmodel.review.losses import Complaints, Loss
    from streams.readmodel.review.people import Issue
    from streams.readmodel.review.reasons import Labelled, Number
    from streams.readmodel.review.review import Called, Review

MOST: Final = 200
"""So many customers are listed in a document; the CSV has all."""
MOST_WORDS: Final = 50
"""So many of them are quoted."""
DAYS_A_MONTH: Final = 30.4375

AVOIDABLE: Final = {"true": "avoidable", "false": "not avoidable", "unknown": "not known"}
INITIATIVES: Final = {
    "customer": "the customer",
    "company": "the company",
    "payment": "a payment that never came",
    "unknown": "not known",
}
OUTCOMES: Final = {
    "reason_found": "reason found",
    "would_return": "would return",
    "returned": "returns",
    "not_reached": "not reached",
    "do_not_call": "does not want to be called",
    "none": "nothing came of it",
}
OCCASIONS: Final = {"complaints": "complaining", "cancellations": "leaving"}
DRAWN: Final = {"value": "by value", "reason": "by reason"}

WORDS: Final = "words"
"""The column of the CSV, and the table, that have what customers wrote: not for everybody."""
_CSV: Final = (
    "period", "kind", "customer_id", "at", "currency", "worth", "segment", "tier", "tenure_days",
    "reason", "avoidable", "initiative", "complaints", "issues", "answered", "unanswered",
    "returned_at", "executive", "drawn_by", "outcome", "reason_found", WORDS,
)  # fmt: skip
COLUMNS: Final[Sequence[str]] = _CSV
"""Of the CSV: one line a customer and movement."""


class Table(NamedTuple):
    """A table: a heading, what is said below it, names of columns (numbers end with #), rows."""

    heading: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def amounts(values: Mapping[str, int]) -> str:
    """Put money into words, the most first: `49.00 USD, 10.00 EUR`; `0` for none."""
    return ", ".join(money(amount, name) for name, amount in largest_first(values)) or "0"


def number(one: Number | None) -> str:
    """Put losses into words: `7 (343.00 USD)`."""
    if one is None:
        return "not known"
    return f"{one.count:,} ({amounts(one.values)})" if one.count else "0"


def tenure(days: int | None) -> str:
    """Put a length into words, in days, months or years."""
    if days is None:
        return "not known"
    months = days / DAYS_A_MONTH
    if months < 2:  # noqa: PLR2004 (a month and a bit says little)
        return f"{days} day" if days == 1 else f"{days} days"
    if months < 24:  # noqa: PLR2004 (the same of a year)
        return f"{months:.0f} months"
    return f"{days / 365.25:.1f} years"


def complaints(one: Complaints | None) -> str:
    """Put complaints into words: `2 (Lost payment): 1 resolved, 1 unanswered`."""
    if one is None:
        return "not known"
    if not one.count:
        return "none"
    what = f" ({', '.join(one.issues[:2])})" if one.issues else ""
    became = [f"{count} {status}" for status, count in one.handled.items()]
    if one.unanswered:
        became.append(f"{one.unanswered} unanswered")
    return f"{one.count}{what}: {', '.join(became)}"


def avoidable(one: Loss) -> str:
    """Say whether a loss could have been prevented."""
    return AVOIDABLE["unknown" if one.avoidable is None else str(one.avoidable).lower()]


def became(one: Called) -> str:
    """Say what came of a call."""
    talk = one.talk
    if talk is None:
        said = "not called yet"
    elif talk.outcome is None:
        said = "planned"
    else:
        said = OUTCOMES.get(talk.outcome, talk.outcome)
    if talk is not None and talk.reason:
        said += f": {talk.reason}"
    if one.returned_at is not None:
        said += f"; came back {minute_of(one.returned_at)[:10]}"
    return said


def issue_state(one: Issue) -> str:
    """Say how an issue stands."""
    if one.done_at is None:
        return "open"
    return f"done {one.done_at[:10]}" + (f": {one.closing}" if one.closing else "")


def summary(review: Review) -> list[str]:
    """Return sentences that say what the review comes to."""
    row = review.row
    opening = row.numbers.get("opening")
    among = "" if opening is None else f" of {opening.count:,} there at its beginning"
    lost, less = amounts(review.lost.values), amounts(review.contraction.values)
    lines = [
        f"{review.lost.count:,} customers were lost{among}, worth {lost} a month.",
        f"{review.contraction.count:,} times a customer stayed and pays less: {less} a month.",
    ]
    if review.unnamed > 0:
        lines.append(
            f"{review.unnamed:,} of the lost are counted but not listed: they were forgotten, or"
            " their rows say nothing of it any more."
        )
    if row.status == "provisional":
        lines.append("The period is provisional: who comes back soon was not lost.")
    return lines


def tables(review: Review, name: Callable[[str], str] = str) -> dict[str, Table]:
    """Return the tables of a review by what they are; `name` says what a customer is called."""
    found = {
        "reasons": _labels(review, "Reasons", review.reasons, str),
        "money": _by_money(review),
        "avoidable": _labels(review, "Avoidable or not", review.avoidable, _of(AVOIDABLE)),
        "initiatives": _labels(review, "Who ended it", review.initiatives, _of(INITIATIVES)),
        WORDS: _words(review.left, name),
        "left": _left(review.left, name),
        "partial": _partial(review.partial, name),
        "calls": _calls("Calls", "", review.calls, name),
        "found": _found(review),
        "issues": _issues("Issues", review.issues),
    }
    if review.last is not None:
        period = review.last.period
        found["last_calls"] = _calls(f"Those called after {period}", "", review.last.calls, name)
        found["last_issues"] = _issues(f"Issues of {period}", review.last.issues)
    return found


def _of(words: Mapping[str, str]) -> Callable[[str], str]:
    return lambda label: words.get(label, label)


def _labels(
    review: Review, heading: str, labelled: Sequence[Labelled], word: Callable[[str], str]
) -> Table:
    columns = ("", "customers#", "a month#", *(f"{name}#" for name in review.against))
    rows = [
        (
            word(one.label),
            f"{one.now.count:,}",
            amounts(one.now.values),
            *map(number, one.earlier),
        )
        for one in labelled
    ]
    return Table(heading, "", columns, rows)


def _by_money(review: Review) -> Table:
    columns = ("", "a month#", "of all#", *(f"{name}#" for name in review.against))
    rows = [
        (
            one.label,
            money(one.now.values[unit], unit),
            f"{one.now.values[unit] / review.lost.values[unit]:.0%}",
            *("not known" if past is None else money(past.values.get(unit, 0), unit)
              for past in one.earlier),
        )
        for unit in review.currencies
        if review.lost.values.get(unit)
        for one in by_money(review.reasons, unit)
        if one.now.values.get(unit)
    ]  # fmt: skip
    return Table("Reasons by money", "", columns, rows)


def _listed(found: Sequence[Loss]) -> str:
    more = len(found) - MOST
    return f"The first {MOST:,} of {len(found):,}; the CSV has all." if more > 0 else ""


def _left(found: Sequence[Loss], name: Callable[[str], str]) -> Table:
    columns = ("customer", "lost", "a month#", "group", "for", "reason", "avoidable", "complaints")
    rows = [
        (
            name(one.customer_id),
            one.at[:10] + ("" if one.returned_at is None else f", back {one.returned_at[:10]}"),
            amounts(one.values),
            f"{one.segment}, {one.tier}",
            tenure(one.days),
            one.reason,
            avoidable(one),
            complaints(one.complaints),
        )
        for one in found[:MOST]
    ]
    return Table("Who left", _listed(found), columns, rows)


def _words(found: Sequence[Loss], name: Callable[[str], str]) -> Table:
    columns = ("customer", "a month#", "reason", "when", "said")
    quoted = [one for one in found if one.words]
    rows = [
        (
            name(one.customer_id),
            amounts(one.values),
            one.reason,
            f"{said.at[:10]}, {OCCASIONS[said.topic]}",
            said.text,
        )
        for one in quoted[:MOST_WORDS]
        for said in reversed(one.words)
    ]
    note = f"What {len(quoted):,} of those who left wrote last, masked."
    if len(quoted) > MOST_WORDS:
        note += f" The first {MOST_WORDS}; the CSV has all."
    return Table("What they said", note, columns, rows)


def _partial(found: Sequence[Loss], name: Callable[[str], str]) -> Table:
    columns = ("customer", "when", "less a month#", "group", "reason")
    rows = [
        (
            name(one.customer_id),
            one.at[:10],
            amounts(one.values),
            f"{one.segment}, {one.tier}",
            one.reason,
        )
        for one in found[:MOST]
    ]
    return Table("Who pays less", _listed(found), columns, rows)


def _calls(heading: str, note: str, found: Sequence[Called], name: Callable[[str], str]) -> Table:
    columns = ("who calls", "customer", "lost", "a month#", "reason stated", "drawn", "outcome")
    rows = [
        (
            one.executive,
            name(one.customer_id),
            one.lost_at[:10],
            amounts(one.values),
            one.reason,
            DRAWN[one.drawn_by],
            became(one),
        )
        for one in found
    ]
    return Table(heading, note, columns, rows)


def _found(review: Review) -> Table:
    rows = [(stated, found, f"{count:,}") for (stated, found), count in review.found.items()]
    return Table("Reasons stated and found", "", ("stated", "found", "calls#"), rows)


def _issues(heading: str, found: Sequence[Issue]) -> Table:
    columns = ("issue", "about", "owner", "due", "state")
    rows = [
        (
            one.text,
            one.reason or "",
            one.owner or "nobody",
            "" if one.due_at is None else one.due_at[:10],
            issue_state(one),
        )
        for one in found
    ]
    return Table(heading, "", columns, rows)


def csv_rows(review: Review) -> list[dict[str, Any]]:
    """Return a line for each customer and movement, with `COLUMNS`."""
    calls = {one.customer_id: one for one in review.calls}
    return [
        _csv_row(review.period, kind, one, calls.get(one.customer_id) if kind == "lost" else None)
        for kind, found in (("lost", review.left), ("contraction", review.partial))
        for one in found
    ]


def _csv_row(period: str, kind: str, one: Loss, call: Called | None) -> dict[str, Any]:
    before = one.complaints
    talk = None if call is None else call.talk
    return dict(
        zip(
            COLUMNS,
            (
                period,
                kind,
                one.customer_id,
                one.at,
                one.currency,
                one.worth,
                one.segment,
                one.tier,
                one.days,
                one.reason,
                one.avoidable,
                one.initiative,
                None if before is None else before.count,
                None if before is None else "; ".join(before.issues),
                None if before is None else before.count - before.unanswered,
                None if before is None else before.unanswered,
                one.returned_at,
                None if call is None else call.executive,
                None if call is None else call.drawn_by,
                None if talk is None else talk.outcome,
                None if talk is None else talk.reason,
                " / ".join(said.text for said in one.words),
            ),
            strict=True,
        )
    )
