"""All figures, in the order in which they are measured."""

from __future__ import annotations

from tests.bench.bench import Bench, Figure, Wishes
from tests.bench.figures import bus, calls, lists, portal, rights

FIGURES: dict[str, Figure] = {
    figure.name: figure for figure in (*calls.FIGURES, *lists.FIGURES, *bus.FIGURES, *rights.FIGURES, *portal.FIGURES)
}

__all__ = ["FIGURES", "Bench", "Figure", "Wishes"]
