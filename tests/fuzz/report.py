"""A fuzz run as a table."""

from __future__ import annotations

from typing import Any

COLUMNS = ("done", "refused", "repeated", "fault")


def table(found: dict[str, Any]) -> str:
    """What a person reads; the JSON has the same and more."""
    lines = [f"{'kind':<16}{'requests':>9}" + "".join(f"{name:>10}" for name in COLUMNS) + f"{'slowest':>10}"]
    for kind, row in found["kinds"].items():
        lines.append(
            f"{kind:<16}{sum(row[name] for name in COLUMNS):>9}"
            + "".join(f"{row[name]:>10}" for name in COLUMNS)
            + f"{row['slowest']:>8.2f} s"
        )
    lines.append(f"{'together':<16}{found['requests']:>9}   in {found['seconds']:.0f} s, seed {found['seed']}")
    first, last = found["memory_mib"][0], found["memory_mib"][-1]
    lines.append("memory          " + ", ".join(f"{name} {first[name]:.0f} → {last.get(name, 0):.0f} MiB" for name in sorted(first)))
    lines.append(f"crashed {found['crashed'] or 'none'}, grown {found['grown'] or 'none'}, defects logged {len(found['defects_logged'])}")
    lines += [
        f"FAULT {item['number']} {item['kind']} {item['target']}: {item['answer']}\n      {item['request']}" for item in found["faults"]
    ]
    lines += [f"LOGGED {line[:1500]}" for line in found["defects_logged"]]
    return "\n".join(lines)
