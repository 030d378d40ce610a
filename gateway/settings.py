"""Settings of the gateway, frozen and checked before its port opens."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import SERVICES

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GatewaySettings(BaseSettings):
    """`PRM_GATEWAY_*`. Rates are written as the limits library reads them, `20/minute`."""

    model_config = SettingsConfigDict(env_prefix="PRM_GATEWAY_", frozen=True, extra="ignore")

    listen: str = "127.0.0.1:7400"
    # Addresses of proxies whose X-Forwarded-For and -Proto are believed, comma-separated; nobody's by default, since a
    # client could otherwise choose the address that limits count.
    trusted_proxies: str = ""
    body_bytes: int = 1024 * 1024
    body_seconds: float = 30.0
    call_seconds: float = 10.0
    stream_seconds: float = 3600.0
    heartbeat_seconds: float = 15.0
    graceful_seconds: int = 10
    client_rate: str = "6000/minute"
    public_rate: str = "120/minute"
    sign_in_rate: str = "20/minute"
    sessions_kept: int = 20_000
    live_streams: int = 2_000
    # A service serves eight streams at once; one is this process's own, and no caller may take all others.
    streams_per_service: int = 6
    streams_per_caller: int = 3


class Targets(BaseSettings):
    """`PRM_<SERVICE>_TARGET`: where each service's api is, as gRPC names it."""

    model_config = SettingsConfigDict(env_prefix="PRM_", frozen=True, extra="ignore")

    identity_target: str = "dns:///prm-identity:50051"
    deals_target: str = "dns:///prm-deals:50051"
    mdf_target: str = "dns:///prm-mdf:50051"
    content_target: str = "dns:///prm-content:50051"
    training_target: str = "dns:///prm-training:50051"
    notify_target: str = "dns:///prm-notify:50051"

    def of(self) -> dict[str, str]:
        """Service → target."""
        return {name: str(getattr(self, f"{name}_target")) for name in SERVICES}


class PublicAddress(BaseSettings):
    """What people type, and what follows from it."""

    model_config = SettingsConfigDict(env_prefix="PRM_", frozen=True, extra="ignore")

    public_url: str = "http://127.0.0.1:7400"
    page_key: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _check(self) -> PublicAddress:
        url = urlsplit(self.public_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("PRM_PUBLIC_URL must be an http or https address")
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            raise ValueError("PRM_PUBLIC_URL must be https, except on this machine itself: cookies would travel unprotected")
        if url.scheme == "https" and not self.page_key.get_secret_value():
            raise ValueError("PRM_PAGE_KEY is missing: form tokens of one gateway would not hold at another")
        return self

    @property
    def https(self) -> bool:
        """Whether browsers reach the portal encrypted."""
        return self.public_url.startswith("https:")

    @property
    def origin(self) -> str:
        """Scheme, host and port as browsers send them in Origin."""
        url = urlsplit(self.public_url)
        return f"{url.scheme}://{url.netloc}".lower()
