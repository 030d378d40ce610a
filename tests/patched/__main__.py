"""Run pytest in a process patched as a consumer is: patch first, then import anything else."""

import os
import sys

import eventlet

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
eventlet.monkey_patch()

import pytest  # noqa: E402

sys.exit(pytest.main(["-p", "no:pytest_nameko", "-p", "no:xdist", *sys.argv[1:]]))
