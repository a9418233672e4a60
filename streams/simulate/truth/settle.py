"""Corrections carried out: the events that hold, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.simulate.events import Event, place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Key = tuple[str, str]
"""Topic and event id: what names an event."""


class Held(NamedTuple):
    """An event that holds; `place` orders it among those of its second and kind."""

    topic: str
    event: Event
    place: bytes


def settled(events: Iterable[tuple[str, Event]], left_out: Collection[Key] = ()) -> list[Held]:
    """Give the events that hold: each once, what was corrected replaced or removed.

    Events that are `left_out`, as they came too late to be counted, are as if they had never been
    sent, and so are corrections of them.

    The newest correction of an event holds. A correction that is itself withdrawn corrects nothing,
    and so its target is what it was.
    """
    distinct: dict[Key, Event] = {}
    for topic, event in events:
        if (topic, event.event_id) not in left_out:
            distinct.setdefault((topic, event.event_id), event)
    corrections = [event for (topic, _), event in distinct.items() if topic == "corrections"]
    corrections.sort(key=lambda c: (c.at, place("corrections", c.event_id)), reverse=True)
    gone: set[Key] = set(left_out)
    replacing: list[Held] = []
    for correction in corrections:
        if ("corrections", correction.event_id) in gone:
            continue
        _carry_out(correction, place("corrections", correction.event_id), gone, replacing)
    kept = [
        Held(topic, event, place(topic, event.event_id))
        for (topic, event_id), event in distinct.items()
        if topic != "corrections" and (topic, event_id) not in gone
    ]
    return kept + replacing


def forgettings(events: Iterable[tuple[str, Event]]) -> list[int]:
    """Give the times at which the customer of some events was forgotten, in order.

    Who is forgotten is somebody else from then on, whoever corrects what about the one before.
    """
    asked = [one for one in events if one[0] in {"changes", "corrections"}]
    if not any("forgotten" in str(event) for _, event in asked):
        return []
    return sorted({one.event.at for one in settled(asked) if one.event.change == "forgotten"})


def _carry_out(correction: Event, stands_at: bytes, gone: set[Key], replacing: list[Held]) -> None:
    topic, original, replacement = correction.topic, correction.original, correction.replacement
    if topic is None or original is None:
        raise ValueError(f"correction {correction.event_id} does not say what it corrects")
    target = topic, original.event_id
    if target in gone:  # a newer correction has seen to it
        return
    gone.add(target)
    if replacement is None:
        return
    if topic == "corrections":  # a correction in place of another one
        _carry_out(replacement, stands_at, gone, replacing)
    else:
        replacing.append(Held(topic, replacement, stands_at))
