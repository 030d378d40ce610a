"""Settings of the portal, frozen and checked before the port opens."""

from __future__ import annotations

from functools import cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class PortalSettings(BaseSettings):
    """`PRM_PORTAL_*`. The vendor's name stands on pages that nobody is signed in to."""

    model_config = SettingsConfigDict(env_prefix="PRM_PORTAL_", frozen=True, extra="ignore")

    vendor_name: str = "Northwind Robotics"
    page_seconds: float = 4.0
    shell_seconds: float = 1.5


@cache
def settings() -> PortalSettings:
    """Read once per process."""
    return PortalSettings()
