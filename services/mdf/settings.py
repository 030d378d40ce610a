"""What only mdf knows of itself: `PRM_MDF_*`."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _zone(name: str) -> str:
    ZoneInfo(name)
    return name


class MdfSettings(BaseSettings):
    """`time_zone` is the programme's IANA zone: a budget ends with its last day there."""

    model_config = SettingsConfigDict(env_prefix="PRM_MDF_", frozen=True, extra="ignore")

    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Berlin"


@cache
def settings() -> MdfSettings:
    """The settings of this process, read once. Raises pydantic's ValidationError naming what is wrong."""
    return MdfSettings()
