"""Commands of a person at a checkout find the local stack by themselves; in an image the environment says all."""

from __future__ import annotations

import os

from deploy.local.layout import data_folder, known
from deploy.local.state import supervisor


def use_local_stack() -> None:
    """Take the settings of this checkout's running stack, where the environment does not say otherwise."""
    data = data_folder()
    if "PRM_STACK" not in os.environ and supervisor(data) is not None:
        from deploy.local.environment import environment

        for name, value in environment(known(data), owner=True).items():
            os.environ.setdefault(name, value)
