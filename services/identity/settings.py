"""What only identity knows of itself: `PRM_IDENTITY_*`."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import read_secret_files


class IdentitySettings(BaseSettings):
    """Lengths of time are in the unit their name ends with."""

    model_config = SettingsConfigDict(env_prefix="PRM_IDENTITY_", frozen=True, extra="ignore")

    token_seconds: int = Field(300, ge=30, le=900)
    key_lead_seconds: int = Field(600, ge=0)
    session_days: int = Field(30, ge=1)
    session_idle_hours: int = Field(12, ge=1)
    invitation_days: int = Field(7, ge=1)
    lock_after_failures: int = Field(5, ge=2)
    lock_minutes: int = Field(15, ge=1)
    lock_most_hours: int = Field(24, ge=1)
    lock_forgotten_hours: int = Field(24, ge=1)
    hash_memory_kib: int = Field(19_456, ge=8)
    hash_rounds: int = Field(2, ge=1)
    hashes_at_once: int = Field(2, ge=1)
    hashes_waiting: int = Field(2, ge=0)
    hash_wait_seconds: float = Field(2.0, gt=0)
    secret_overlap_minutes: int = Field(60, ge=0)
    grant_days: int = Field(366, ge=1)
    renew_behind_seconds: int = Field(30, ge=1)

    @property
    def token_life(self) -> timedelta:
        """How long an access token is good."""
        return timedelta(seconds=self.token_seconds)

    @property
    def session_life(self) -> timedelta:
        """How long a session lasts, however much it is used."""
        return timedelta(days=self.session_days)

    @property
    def session_idle(self) -> timedelta:
        """How long a session lasts without use."""
        return timedelta(hours=self.session_idle_hours)

    @property
    def invitation_life(self) -> timedelta:
        """How long a link of an invitation works."""
        return timedelta(days=self.invitation_days)


class FirstStart(BaseSettings):
    """What the first start makes, `PRM_ADMIN_EMAIL` and so on; without a password one is made and told once."""

    model_config = SettingsConfigDict(env_prefix="PRM_", frozen=True, extra="ignore")

    vendor_name: str = "Northwind Robotics"
    admin_email: str = "admin@northwind.example"
    admin_name: str = "Administrator"
    admin_password: SecretStr = SecretStr("")


def first_start() -> FirstStart:
    """The settings of the first start. Raises pydantic's ValidationError naming what is wrong."""
    read_secret_files()
    return FirstStart()


@cache
def settings() -> IdentitySettings:
    """The settings of this process, read once. Raises pydantic's ValidationError naming what is wrong."""
    read_secret_files()
    return IdentitySettings()
