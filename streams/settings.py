"""The settings: one frozen model, read once from a TOML file and GROUNDSWELL_ environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from streams.core.config import Detect, Part, Tables


class Kafka(Part):
    """How to reach the cluster."""

    brokers: str = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    replication: int = Field(default=1, ge=1, description="replication factor of topics we create")
    partitions: int = Field(
        default=4, ge=1, description="partitions of the source topics we create"
    )
    session_timeout: float = Field(default=30.0, gt=0, description="seconds")
    check_crcs: bool = Field(
        default=True,
        description="verify what is fetched; off for the embedded broker, whose control records "
        "carry no checksum",
    )


class Worker(Part):
    """How the worker runs."""

    app_id: str = "groundswell"
    host: str = "127.0.0.1"
    port: int = Field(default=6066, description="HTTP port of /metrics and health; 0 picks one")
    flush_interval: float = Field(default=1.0, gt=0, description="wall seconds")
    flush_keys: int = Field(
        default=25_000, ge=1, description="changed keys of a partition that force a flush"
    )


class Settings(BaseSettings):
    """Everything that can be set; GROUNDSWELL_KAFKA__BROKERS sets kafka.brokers."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="GROUNDSWELL_", env_nested_delimiter="__"
    )

    kafka: Kafka = Kafka()
    tables: Tables = Tables()
    detect: Detect = Detect()
    worker: Worker = Worker()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file before defaults."""
        del dotenv_settings, file_secret_settings
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load(file: Path | None = None) -> Settings:
    """Read the settings from `file` (TOML) and the environment.

    Raises:
        FileNotFoundError: the file is named but not there.
        pydantic.ValidationError: a setting is unknown or out of range; the message names it.
    """
    if file is None:
        return Settings()
    if not file.is_file():
        raise FileNotFoundError(f"settings file {file} is not there")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    return Settings.model_validate(FromFile().model_dump())
