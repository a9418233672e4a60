"""The metrics of several processes as those of one: what is shown, and of which process it is.

Three kinds of families, told apart by their names and labels:

- of the operating system and the interpreter (`process_*`, `python_*`): each process keeps its own,
  with a label `process`;
- counted by a process since it started (flushes, how long the loop was held): added up, what
  processes have counted that ended included, so that a sum never falls;
- of the tables: each partition is one process's. Added up where a process has added up its own
  partitions; else the largest is taken, or the smallest. While a partition moves, two processes may
  show it, one of them as it was: the larger of two counters is the newer.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING, Final, NamedTuple

from prometheus_client.core import Metric
from prometheus_client.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

OWN: Final = ("process_", "python_")
"""How the names of families begin that are of a process, and not of what it works on."""

ADDED: Final = frozenset(
    {
        "groundswell_alerts",
        "groundswell_conservation_error",
        "groundswell_customers",
        "groundswell_incidents",
        "groundswell_series",
        "groundswell_stage_partitions",
        "groundswell_state_entries",
    }
)
"""Gauges that a process sums up over its partitions."""

LOWEST: Final = frozenset({"groundswell_metric_watermark_timestamp_seconds"})
"""Gauges that hold as of the most backward partition. Of any other the largest is shown."""


class Key(NamedTuple):
    """One series: the name of its sample, and its labels in order."""

    name: str
    labels: tuple[tuple[str, str], ...]


class Counted:
    """What processes have counted since they started: sums that never fall when one ends."""

    def __init__(self) -> None:
        self._last: dict[str, dict[Key, float]] = {}
        self._ended: dict[Key, float] = {}
        self._families: dict[str, Metric] = {}

    def saw(self, process: str, families: Iterable[Metric]) -> None:
        """Note what a process shows now."""
        last: dict[Key, float] = {}
        for family in families:
            if _of_a_process(family):
                self._families[family.name] = family
                last |= {_key(sample): sample.value for sample in family.samples}
        self._last[process] = last

    def ended(self, process: str) -> None:
        """Note that a process is no more; who follows it counts from zero."""
        for key, value in self._last.pop(process, {}).items():
            self._ended[key] = self._ended.get(key, 0.0) + value

    def families(self) -> Iterator[Metric]:
        """Give the sums over all processes, those that are no more among them."""
        sums = dict(self._ended)
        for last in self._last.values():
            for key, value in last.items():
                sums[key] = sums.get(key, 0.0) + value
        for name in sorted(self._families):
            like = self._families[name]
            # In the order of what was seen: the buckets of a histogram stand in theirs.
            keys = [key for key in sums if _is_of(key.name, like)]
            yield _family(like, {key: sums[key] for key in keys})


def merged(processes: Mapping[str, Iterable[Metric]]) -> Iterator[Metric]:
    """Give the families of all processes as one has them, in the order of their names.

    `processes` has what each shows, by its name. What a process counts since it started is left
    out: see `Counted`.
    """
    found: dict[str, Metric] = {}
    values: dict[str, dict[Key, float]] = {}
    for process, families in processes.items():
        for family in families:
            if _of_a_process(family):
                continue
            found.setdefault(family.name, family)
            into = values.setdefault(family.name, {})
            both = _both(family)
            for sample in family.samples:
                key = _key(sample, process if family.name.startswith(OWN) else None)
                into[key] = both(into[key], sample.value) if key in into else sample.value
    for name in sorted(found):
        yield _family(found[name], values[name])


def _of_a_process(family: Metric) -> bool:
    """Tell whether a process counts this from its start on, whatever partitions it has."""
    counts = family.type in {"counter", "histogram", "summary"}
    partitions = any("partition" in sample.labels for sample in family.samples)
    return counts and not partitions and not family.name.startswith(OWN)


def _both(family: Metric) -> Callable[[float, float], float]:
    """Give what becomes of two values of one series."""
    if family.name in ADDED:
        return add
    return min if family.name in LOWEST else max


def _key(sample: Sample, process: str | None = None) -> Key:
    labels = dict(sample.labels)
    if process is not None:
        labels["process"] = process
    return Key(sample.name, tuple(sorted(labels.items())))


def _is_of(sample: str, family: Metric) -> bool:
    endings = {"counter": ("_total",), "summary": ("_count", "_sum")}
    names = endings.get(family.type, ("_bucket", "_count", "_sum"))
    return sample in {family.name + ending for ending in names}


def _family(like: Metric, values: Mapping[Key, float]) -> Metric:
    made = Metric(like.name, like.documentation, like.type)
    made.samples = [Sample(key.name, dict(key.labels), value) for key, value in values.items()]
    return made
