"""Faults to put into the product, for the test bed to find: replacements of text.

A take-over has four guards, one behind the other: nothing is fetched until the seek (paused), the
flow is off, a batch that was drained before the seek does not count (its epoch), and one that does
not follow the last one ends the worker (its offsets). So to leave the flow on is harmless alone;
the guards behind it are taken away one by one, to see each bite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Edit(NamedTuple):
    """Replaces `old`, which is once in the file at `path`, by `new`."""

    path: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Do it in the tree at `root`.

        Raises:
            ValueError: the text is not there, or more than once: the code has moved on.
        """
        file = root / self.path
        text = file.read_text()
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"{self.path}: {count} times instead of once: {self.old!r}")
        file.write_text(text.replace(self.old, self.new))


class Mutation(NamedTuple):
    """Edits that make one fault. `guard` says why it does no harm; empty if it must be found."""

    name: str
    what: str
    edits: tuple[Edit, ...]
    guard: str = ""


_WRITER: Final = "streams/transport/state/writer.py"
_BEGIN: Final = "            await self._producer.begin_transaction()\n"
_COMMIT: Final = "            await self._producer.commit_transaction()\n"

_UNPAUSED: Final = Edit(
    "streams/transport/consumer/fetching.py",
    "        self._thread.aiokafka.pause(*assigned)\n",
    "",
)
_FLOW: Final = Edit(
    "streams/worker/faust_app.py",
    "        consumer.stop_flow()\n",
    "",
)
_EPOCH: Final = Edit(
    "streams/transport/state/task_manager.py",
    "        if batch.epoch != self._epoch:\n",
    "        if False:\n",
)
_OFFSETS: Final = Edit(
    "streams/transport/state/partition_task.py",
    "        if start != self.position[batch.topic]:\n",
    "        if False:\n",
)

MUTATIONS: Final = (
    Mutation(
        "add",
        "a snapshot is added to the one before instead of replacing it",
        (
            Edit(
                "streams/core/aggregate/snapshots.py",
                "        moved[places] -= self._counts[slots]\n",
                "",
            ),
        ),
    ),
    Mutation(
        "early",
        "source offsets are committed before the transaction",
        (
            Edit(_WRITER, "        self._seal(flush, checkpoint)\n", ""),
            Edit(
                _WRITER,
                _BEGIN,
                _BEGIN + "            topic, partition = self._changelog\n"
                "            key, value = checkpoint\n"
                "            await self._producer.send(topic, value, key, partition)\n"
                + _COMMIT
                + _BEGIN,
            ),
        ),
    ),
    Mutation(
        "untransacted",
        "no transactional id, so no transaction and no fence",
        (
            Edit(
                _WRITER,
                "            transactional_id=transactional_id,\n",
                "            enable_idempotence=True,\n",
            ),
            Edit(_WRITER, _BEGIN, ""),
            Edit(_WRITER, _COMMIT, ""),
        ),
    ),
    Mutation(
        "await",
        "an await between encoding and the checkpoint",
        (
            Edit(
                "streams/transport/state/partition_task.py",
                "        await self.writer.write(prepared,",
                "        await __import__('asyncio').sleep(0.02)\n"
                "        checkpoint = Checkpoint(\n"
                "            checkpoint.flush,\n"
                "            checkpoint.version,\n"
                "            dict(self.position),\n"
                "            checkpoint.partitions,\n"
                "        )\n"
                "        await self.writer.write(prepared,",
            ),
        ),
    ),
    Mutation(
        "late",
        "no new epoch after a commit that was not answered",
        (Edit(_WRITER, "        await self._epochs.renew()\n", ""),),
    ),
    Mutation(
        "marker",
        "reading goes on where the topic begins, whatever the checkpoint says",
        (
            Edit(
                "streams/transport/state/restore.py",
                "position[topic] = checkpoint.offsets.get(topic, start)\n",
                "position[topic] = start\n",
            ),
        ),
    ),
    Mutation(
        "offsets",
        "the offset check is skipped",
        (_OFFSETS,),
        "batches that do not follow have the epoch of another seek, and do not count",
    ),
    Mutation(
        "flow",
        "the flow is left on during the seek",
        (_FLOW,),
        "partitions are paused from their assignment to the seek, so there is nothing to flow",
    ),
    Mutation(
        "flow, unpaused",
        "and partitions are fetched from before the seek",
        (_FLOW, _UNPAUSED),
        "what was drained before the seek has another epoch, and does not count",
    ),
    Mutation(
        "flow, unpaused, epoch",
        "and the epoch is not looked at",
        (_FLOW, _UNPAUSED, _EPOCH),
    ),
    Mutation(
        "flow, unpaused, epoch, offsets",
        "and the offset check is skipped",
        (_FLOW, _UNPAUSED, _EPOCH, _OFFSETS),
    ),
)
