"""What only content knows of itself: `PRM_CONTENT_*`."""

from __future__ import annotations

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ContentSettings(BaseSettings):
    """`bucket` holds all files. Links work for so many minutes; confirming reads the file, so `max_bytes` bounds it."""

    model_config = SettingsConfigDict(env_prefix="PRM_CONTENT_", frozen=True, extra="ignore")

    bucket: str = "prm-content"
    upload_minutes: int = Field(15, ge=1, le=60)
    download_minutes: int = Field(10, ge=1, le=15)
    max_bytes: int = Field(512 * 1024 * 1024, ge=1, le=5 * 1024**3)


@cache
def settings() -> ContentSettings:
    """The settings of this process, read once. Raises pydantic's ValidationError naming what is wrong."""
    return ContentSettings()
