"""What only notify knows of itself: `PRM_NOTIFY_*`."""

from __future__ import annotations

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class NotifySettings(BaseSettings):
    """`grace_seconds`: what waits for the undo window waits this much longer, so that a decision taken back in its last
    moment still finds the message unsent. `smtp_seconds` bounds one e-mail, `mail_attempts` how often it is tried.
    """

    model_config = SettingsConfigDict(env_prefix="PRM_NOTIFY_", frozen=True, extra="ignore")

    grace_seconds: float = Field(1.0, ge=0)
    smtp_seconds: float = Field(8.0, gt=0, lt=10)  # the runner ends an outside effect after 10 s
    mail_attempts: int = Field(8, ge=1, le=8)  # the runner gives up after its eighth delay


@cache
def settings() -> NotifySettings:
    """The settings of this process, read once. Raises pydantic's ValidationError naming what is wrong."""
    return NotifySettings()
