"""`python -m chassis.runner deals notify`."""

import sys

from chassis.runner.host import run

sys.exit(run(sys.argv[1:]))
