"""A company simulated into a folder: its events, what the seed made of it, and the truth."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.event_time.formats import minute, utc
from streams.simulate.events import TOPICS
from streams.simulate.files import (
    EVENTS,
    MANIFEST,
    README,
    SETTINGS,
    TRUE_PERIODS,
    TRUTH,
    EventFiles,
    write_table,
)
from streams.simulate.manifest import Manifest
from streams.simulate.noise import arrivals
from streams.simulate.story import anonymous, story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streams.core.customers.definitions import Definitions
    from streams.simulate.chronicle import Sent
    from streams.simulate.company import Company

LATE = 600
"""An event that takes longer to arrive than so many seconds is counted as delayed."""


def simulate(company: Company, folder: Path, progress: Callable[[int], None]) -> Manifest:
    """Write the events of a company into a folder; `progress` is given the customers done."""
    # Stopped half way, this is no company: not this one, and not the one that was there before.
    for name in (MANIFEST, f"{TRUTH}/{TRUE_PERIODS}"):
        (folder / name).unlink(missing_ok=True)
    files = EventFiles(folder / EVENTS)
    random = company.random("arrival")
    noise: Counter[str] = Counter(twice=0, delayed=0)
    for topic, event in _all(company, progress):
        for copy, arrives in enumerate(arrivals(random, event.at)):
            files.add(topic, event, arrives)
            noise["twice"] += copy
            noise["delayed"] += arrives - event.at > LATE
    files.close()
    manifest = Manifest(
        seed=company.seed,
        customers=company.customers,
        start=company.start,
        end=company.end,
        clock=company.end - 1,
        loss_rate=company.loss_rate,
        factor=company.factor,
        effect=company.effect,
        definitions=company.definitions,
        events=files.written,
        noise=dict(noise),
    )
    (folder / SETTINGS).write_text(_settings(company.definitions), encoding="utf-8")
    (folder / README).write_text(_in_words(company, manifest), encoding="utf-8")
    write_table(
        folder / TRUTH / "incidents.csv",
        ("start", "end", "product", "issue", "region", "share"),
        [(utc(one.start), utc(one.end), *one[2:]) for one in company.incidents],
    )
    packed = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(packed + b"\n")
    return manifest


def _all(company: Company, progress: Callable[[int], None]) -> Iterator[Sent]:
    for number in range(company.customers):
        yield from story(company, number)
        progress(number + 1)
    yield from anonymous(company)


def _in_words(company: Company, manifest: Manifest) -> str:
    definitions: dict[str, Any] = msgspec.to_builtins(manifest.definitions)
    lines = [
        (
            f"A company made up by seed {company.seed}: {company.customers:,} customers, "
            f"{minute(utc(company.start))} to {minute(utc(company.end))} UTC."
        ),
        "",
        "events/TOPIC.jsonl   the events of a source topic, a line each, in the order in which",
        "                     they arrive: some late, some twice",
        "truth/periods.csv    every true number that is not 0: grain, period, group, unit,",
        "                     currency (empty: customers or events, not money), value",
        "truth/loss_rates.csv losses a customer-month before and after a first complaint",
        "truth/incidents.csv  what went wrong, when and for whom",
        "manifest.json        the settings behind them, for programs",
        "",
        "What the numbers mean is described in docs/customers.md. With these definitions:",
        *(f"  {name} = {value}" for name, value in definitions.items()),
        "",
        f"Customers leave at {company.loss_rate} a customer-month, and {company.factor} times as",
        f"fast for {company.effect // 86_400} days after any complaint.",
        "",
        "Lines by topic:",
        *(f"  {topic:18}{manifest.events[topic]:>9,}" for topic in TOPICS),
        "Of them:",
        *(f"  {what:18}{n:>9,}" for what, n in manifest.noise.items()),
        "",
        "Incidents:",
        *(
            f"  {minute(utc(one.start))} to {minute(utc(one.end))}: {one.product}, {one.issue}, in "
            f"{one.region}; {one.share:.1%} of the customers there complain"
            for one in company.incidents
        ),
    ]
    return "\n".join(lines) + "\n"


def _settings(definitions: Definitions) -> str:
    """Write the settings by which a worker, or a replay, counts as the truth does."""
    tiers = ", ".join(
        f'["{name}", {{{", ".join(f"{unit} = {least}" for unit, least in thresholds.items())}}}]'
        for name, thresholds in definitions.tiers
    )
    lines = [
        "[customers]",
        "enabled = true",
        f"return_window = {definitions.return_window}",
        f"past_due_days = {definitions.past_due_days}",
        f"found_window = {definitions.found_window}",
        f"tiers = [{tiers}]",
        f'base_tier = "{definitions.base_tier}"',
        f'tier_by = "{definitions.tier_by}"',
        f"recent_complaint = {definitions.recent_complaint}",
        f"count_free = {str(definitions.count_free).lower()}",
        f'zone = "{definitions.zone}"',
    ]
    if definitions.start is not None:
        lines.append(f"start = {utc(definitions.start).isoformat()}")
    return "\n".join(lines) + "\n"
