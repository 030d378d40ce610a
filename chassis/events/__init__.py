"""Events: staged with the change, numbered into the log, published from it. `docs/operations/events.md` tells how to run it."""
