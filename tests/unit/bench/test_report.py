"""The figures of `./prm bench` cannot quietly lie: ratios, medians, goals and what was not measured."""

from __future__ import annotations

import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench.report import Goal, Line, Report, Sense, number, percentile
from tests.bench.rounds import TimeUp, in_turns, limited

HALF = Goal(Sense.AT_LEAST, 0.5)


def line(measured: list[float], base: list[float] | None = None, goal: Goal = HALF, lost: str = "") -> Line:
    return Line("figure", "what", "calls/s", measured, goal, base or [], lost=lost)


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The second round ran on a machine half as fast: medians of each side would say 0.9, the rounds say 0.6, 0.6 and 0.9.
    found = line([60, 30, 90], [100, 50, 100])
    assert found.ratios == [0.6, 0.6, 0.9]
    assert found.value == 0.6
    assert found.spread == (0.6, 0.9)
    assert found.met


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal(Sense.AT_LEAST, 0.5), 0.5, True),
        (Goal(Sense.AT_LEAST, 0.5), 0.49, False),
        (Goal(Sense.AT_MOST, 1.5), 1.5, True),
        (Goal(Sense.AT_MOST, 1.5), 1.51, False),
        (Goal(Sense.AT_LEAST, 0), math.nan, False),
        (Goal(Sense.AT_MOST, 9), math.nan, False),
    ],
)
def test_which_side_of_its_limit(goal: Goal, value: float, met: bool) -> None:
    assert goal.met(value) is met


def test_without_a_base_the_goal_is_held_against_what_was_measured() -> None:
    found = line([12, 9, 30], goal=Goal(Sense.AT_MOST, 11, "ms"))
    assert math.isclose(found.value, 12)
    assert not found.met
    assert found.as_json()["ratio"] is None


def test_what_was_not_measured_is_not_met() -> None:
    assert not line([], goal=Goal(Sense.AT_MOST, 1)).met
    assert not line([1, 1], [1, 1], lost="time is up").met
    assert not line([1, math.nan, 1], [1, 1, 1]).met
    assert not line([1, 1, 1], [1, 0, 1]).met  # a base of nothing is no base


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="2 rounds against 1"):
        _ = line([1, 2], [1]).ratios


def _report(*lines: Line) -> Report:
    return Report(datetime(2026, 1, 1, tzinfo=UTC), "a machine", short=False, lines=list(lines))


def test_a_report_is_met_by_all_its_lines_only(tmp_path: Path) -> None:
    good, bad = line([1.0], [1.0]), line([0.2], [1.0])
    verdicts = [_report(*lines).met for lines in ((), (good,), (good, bad))]
    assert verdicts == [False, True, False]
    report = _report(good, bad)
    assert "NOT MET" in report.table()
    report.write(tmp_path / "deep" / "bench.json")
    written = json.loads((tmp_path / "deep" / "bench.json").read_text())
    assert [item["met"] for item in written["lines"]] == [True, False]
    assert written["met"] is False
    assert written["lines"][1]["ratio"] == 0.2


def test_a_lost_line_can_be_shown_and_written(tmp_path: Path) -> None:
    report = _report(line([], lost="TimeUp: not done"))
    assert "not measured" in report.table()
    report.write(tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text())["lines"][0]["measured"] is None


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(item) for item in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile([3.0, 1.0, 2.0], 99) == 3
    assert math.isnan(percentile([], 50))


def test_numbers_for_people() -> None:
    assert [number(item) for item in (0.1234, 1.5, 12.34, 1234.5, math.nan)] == ["0.123", "1.50", "12.3", "1 234", "–"]


def test_turns_alternate_and_the_first_does_not_count() -> None:
    order: list[str] = []

    def run(name: str) -> float:
        order.append(name)
        return len(order)

    measured, base = in_turns(lambda: run("product"), lambda: run("base"), 2)
    assert order == ["product", "base", "product", "base", "base", "product"]
    assert (measured, base) == ([3, 6], [4, 5])


def test_a_figure_that_takes_too_long_ends() -> None:
    began = time.monotonic()
    with pytest.raises(TimeUp), limited(0.05):
        time.sleep(5)
    assert time.monotonic() - began < 2
