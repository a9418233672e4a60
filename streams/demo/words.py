"""Invented words of complaining customers: the published file has no texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from streams.demo.complaints import Complaint

OPENINGS: Final = (
    "This is about my {product}: {issue}.",
    "{issue}. It has been weeks.",
    "I wrote to {company} twice about this. {issue}.",
    "{company} does not answer. {issue}.",
    "{issue}, again, and nobody can tell me why.",
)
ENDINGS: Final = (
    "",
    " I want this put right.",
    " Please call me at (555) 01{a:02d}-{b:04d}.",
    " Write to {mail}.",
    " My account is 4000 00{a:02d} 0000 {b:04d}.",
)


def complaint_text(random: Random, complaint: Complaint, who: str | None) -> str:
    """Make up what somebody wrote; some of it is personal, for the masking to hide."""
    text = random.choice(OPENINGS) + random.choice(ENDINGS)
    return text.format(
        product=complaint.product.lower(),
        issue=complaint.issue,
        company=complaint.company,
        a=random.randrange(100),
        b=random.randrange(10_000),
        mail=f"{who or 'somebody'}@example.com",
    )
