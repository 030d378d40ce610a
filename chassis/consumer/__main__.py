"""`python -m chassis.consumer deals notify`: patch first, then import."""

import os
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")  # known; handlers are plain functions for that reason

import eventlet  # noqa: E402

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"  # psycopg reads it when it is imported
eventlet.monkey_patch()

import sys  # noqa: E402

from chassis.consumer.host import run  # noqa: E402

sys.exit(run(sys.argv[1:]))
