"""Settings of a process: read from the environment or from files once, frozen, checked before a port opens.

`PRM_*` is shared, `PRM_<SERVICE>_*` a service's own; `<NAME>_FILE` names a file that holds the value.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES = ("identity", "deals", "mdf", "content", "training", "notify")


class SharedSettings(BaseSettings):
    """What every process of the suite knows. Addresses are host:port, URLs as their libraries want them."""

    model_config = SettingsConfigDict(env_prefix="PRM_", frozen=True, extra="ignore")

    amqp_url: SecretStr = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    opa_url: str = "http://127.0.0.1:8181"
    s3_endpoint: str = "127.0.0.1:9000"
    s3_public_endpoint: str = ""  # where browsers reach the store, if not there: it is signed into their links
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    s3_secure: bool = False
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "portal@prm.example"
    public_url: str = "http://127.0.0.1:7400"
    page_key: SecretStr = SecretStr("")
    keys_dir: Path | None = None
    portal_client_id: str = ""
    portal_client_secret: SecretStr = SecretStr("")
    clock_file: Path | None = None
    undo_window_seconds: float = 300.0
    log_level: str = "INFO"
    metrics_listen: str = ""
    traces_endpoint: str = ""
    trace_ratio: float = 0.05
    reflection: bool = True
    drain_seconds: float = 5.0


class ServiceSettings(BaseSettings):
    """What one service knows of itself: `PRM_DEALS_DATABASE_URL` and so on."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr
    owner_database_url: SecretStr = SecretStr("")
    listen: str = "127.0.0.1:50051"
    call_threads: int = 8
    stream_threads: int = 8
    api_connections: int = 10
    consumer_connections: int = 6
    runner_connections: int = 3


def shared_settings() -> SharedSettings:
    """The shared settings of this process."""
    read_secret_files()
    return SharedSettings()


def service_settings(name: str) -> ServiceSettings:
    """The settings of one service. Raises pydantic's ValidationError naming what is missing."""
    read_secret_files()
    return ServiceSettings(_env_prefix=f"PRM_{name.upper()}_")


def read_secret_files() -> None:
    """Let `PRM_X_FILE` stand for `PRM_X`, as container secrets are mounted."""
    for name, value in list(os.environ.items()):
        target = name.removesuffix("_FILE")
        if name.startswith("PRM_") and target != name and name != "PRM_CLOCK_FILE" and target not in os.environ:
            os.environ[target] = Path(value).read_text().strip()
