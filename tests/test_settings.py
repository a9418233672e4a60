from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from streams.core.measures import TOPICS
from streams.settings import Settings, SettingsError, load

PAGE = (Path(__file__).parents[1] / "docs" / "settings.md").read_text()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "groundswell.toml"


def test_the_environment_comes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[kafka]\nbrokers = "a:1"\nreplication = 3\n')
    monkeypatch.setenv("GROUNDSWELL_KAFKA__BROKERS", "b:2")
    kafka = load(file).kafka
    assert (kafka.brokers, kafka.replication) == ("b:2", 3)


def test_an_unknown_name_is_refused(file: Path) -> None:
    file.write_text("[tables]\ngraze = 5\n")
    with pytest.raises(SettingsError, match=r"no setting tables\.graze; did you mean 'grace'"):
        load(file)


def test_a_breakdown_by_a_label_that_the_metric_lacks_is_refused(file: Path) -> None:
    file.write_text('[tables.breakdowns]\nrevenue = [["company"]]\n')
    with pytest.raises(SettingsError, match="revenue has no label company; it has segment, kind"):
        load(file)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml is not there"):
        load(Path("nowhere.toml"))


def test_the_page_has_every_setting() -> None:
    for part, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        for name in model.model_fields:
            assert f"`{part}.{name}`" in PAGE


def test_the_page_has_every_label() -> None:
    for topic in TOPICS.values():
        assert f"| {', '.join(topic.metrics)} | {', '.join(topic.labels)} |" in PAGE
