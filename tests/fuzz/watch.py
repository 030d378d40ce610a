"""Our processes during a run: do the same ones still live, how much memory do they hold, what defects did they log."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local import state

OURS = ("api", "consumer", "runner", "gateway")
DEFECTS = ('"level": "error"', '"level": "critical"', "Traceback")
MIB = 1024 * 1024
GROWTH_SHARE, GROWTH_MIB = 0.15, 32.0  # caches fill up to their bounds; what leaks grows on


@dataclass
class Watch:
    """Of one stack, by its data folder."""

    data: Path
    pids: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    memory: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pids = {name: int(part["pid"]) for name, part in self._parts().items()}
        self.sizes = {name: path.stat().st_size for name, path in self._logs().items()}

    def look(self) -> None:
        """Note the memory of our processes, in MiB."""
        self.memory.append({name: round(part["memory"] / MIB, 1) for name, part in self._parts().items() if part["memory"]})

    def crashed(self) -> list[str]:
        """Names of those that are not the process they were."""
        now = {name: int(part["pid"] or 0) for name, part in self._parts().items() if part["memory"]}
        return sorted(name for name, pid in self.pids.items() if now.get(name) != pid)

    def defects(self) -> list[str]:
        """Lines in which our processes say that something in them is wrong."""
        found = []
        for name, path in self._logs().items():
            with path.open("rb") as file:
                file.seek(self.sizes.get(name, 0))
                lines = file.read().decode("utf-8", "replace").splitlines()
            found += [f"{name}: {line[:3_000]}" for line in lines if any(word in line for word in DEFECTS)]
        return found

    def grown(self) -> list[str]:
        """Names of those that hold more at the end than after the first part of the run, beyond the bound."""
        first, last = self.memory[0], self.memory[-1]
        return sorted(name for name in first if last.get(name, 0) - first[name] > max(GROWTH_MIB, GROWTH_SHARE * first[name]))

    def as_json(self) -> dict[str, Any]:
        return {"memory_mib": self.memory, "crashed": self.crashed(), "grown": self.grown(), "defects_logged": self.defects()[:20]}

    def _parts(self) -> dict[str, Any]:
        return {part["name"]: part for part in state.read(self.data)["parts"] if part["name"].split("-")[0] in OURS}

    def _logs(self) -> dict[str, Path]:
        return {name: path for name in self.pids if (path := self.data / "logs" / f"{name}.log").exists()}
