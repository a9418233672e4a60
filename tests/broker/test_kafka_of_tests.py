"""The Kafka of the tests starts cheaply where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apache_kafka
import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize(("kept", "given"), [(b"classes", 1), (b"", 0)])
def test_classes_are_given_to_it_if_an_earlier_one_has_left_any(
    java: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bytes, given: int
) -> None:
    del java
    classes = tmp_path / "classes.jsa"
    classes.write_bytes(kept)
    monkeypatch.setattr(apache_kafka, "CLASSES", classes)
    flags = [f"-XX:SharedArchiveFile={classes}"] * given
    assert [*apache_kafka.SHORT, *flags] == list(apache_kafka.short())
