"""A review as its row on the topic loss.reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.reviews import LossReview

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from streams.readmodel.review.people import Issue
    from streams.readmodel.review.reasons import Labelled, Number
    from streams.readmodel.review.review import Called, Review


def row_of(review: Review, by: str, at: datetime) -> dict[str, Any]:
    """Return what is published of a review: by whom, and when (wall time)."""
    row = review.row
    return {
        "schema_version": 1,
        "period": row.period,
        "start": row.start,
        "end": row.end,
        "status": row.status,
        "lost": _number(review.lost),
        "contraction": _number(review.contraction),
        "against": review.against,
        "reasons": [_label(one) for one in review.reasons],
        "avoidable": [_label(one) for one in review.avoidable],
        "calls": [call_of(one) for one in review.calls],
        "issues": [issue_of(one) for one in review.issues],
        "definitions": row.definitions,
        "clock": row.clock,
        "published_at": at.isoformat(timespec="seconds"),
        "published_by": by,
    }


def read_reviews(values: Iterable[bytes]) -> list[LossReview]:
    """Read rows of loss.reviews; of one period the last holds.

    Raises:
        pydantic.ValidationError: a row is none.
    """
    found = [LossReview.model_validate_json(value) for value in values]
    return list({one.period: one for one in found}.values())


def _number(one: Number) -> dict[str, Any]:
    return {"count": one.count, "values": one.values}


def _label(one: Labelled) -> dict[str, Any]:
    earlier = [None if past is None else _number(past) for past in one.earlier]
    return {"label": one.label, **_number(one.now), "earlier": earlier}


def call_of(one: Called) -> dict[str, Any]:
    """Return a call as it stands in the row."""
    return {
        "customer_id": one.customer_id,
        "executive": one.executive,
        "drawn_by": one.drawn_by,
        "reason": one.reason,
        "lost_at": one.lost_at,
        "values": one.values,
        "outcome": one.outcome,
        "reason_found": None if one.talk is None else one.talk.reason,
        "returned_at": one.returned_at,
    }


def issue_of(one: Issue) -> dict[str, Any]:
    """Return an issue as it stands in the row."""
    return {
        "issue_id": one.issue_id,
        "review": one.review,
        "text": one.text,
        "reason": one.reason,
        "owner": one.owner,
        "due_at": one.due_at,
        "state": "open" if one.done_at is None else "done",
        "note": one.closing,
    }
