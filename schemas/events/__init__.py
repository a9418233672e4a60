"""The nine source topics: what producers send Groundswell about their customers.

The key of a message is its customer_id or, on a complaint without one, its event_id, so that all
of a customer's events share a partition. Fields that are not listed are ignored.
"""

from schemas.events.base import CustomerEvent, Event
from schemas.events.complaints import Complaint, ComplaintUpdate
from schemas.events.correction import MAX_CORRECTIONS, MODELS, Correction
from schemas.events.lifecycle import Cancellation, Change, Renewal, Signup
from schemas.events.value import Referral, Revenue

__all__ = [
    "MAX_CORRECTIONS",
    "MODELS",
    "Cancellation",
    "Change",
    "Complaint",
    "ComplaintUpdate",
    "Correction",
    "CustomerEvent",
    "Event",
    "Referral",
    "Renewal",
    "Revenue",
    "Signup",
]
