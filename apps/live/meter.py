"""Measures the app itself: how much processor time and memory its process takes."""

import os
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

MOST_SAMPLES = 600


@dataclass(frozen=True)
class Measure:
    """Something that is measured, and how it is shown."""

    column: str
    label: str
    format: str
    color: str


MEASURES = (
    Measure("cpu", "Processor", "{:.0f} %", "#0d9488"),
    Measure("memory", "Memory", "{:.0f} MB", "#d97706"),
)


class Meter:
    """Takes samples and keeps the newest."""

    def __init__(self) -> None:
        """Start without samples."""
        self._samples: deque[dict[str, Any]] = deque(maxlen=MOST_SAMPLES)
        self._before = (time.monotonic(), time.process_time())

    def __len__(self) -> int:
        """Return how many samples are kept."""
        return len(self._samples)

    def take(self) -> None:
        """Measure once."""
        now = (time.monotonic(), time.process_time())
        passed, used = now[0] - self._before[0], now[1] - self._before[1]
        self._before = now
        self._samples.append(
            {
                "time": datetime.now(UTC),
                "cpu": 100 * used / passed if passed > 0 else 0.0,
                "memory": memory_megabytes(),
            }
        )

    def latest(self, measure: Measure) -> str:
        """Return the newest value in words."""
        value = self._samples[-1][measure.column] if self._samples else None
        return "–" if value is None else measure.format.format(value)

    def newest(self, measure: Measure, seconds: int) -> pd.DataFrame:
        """Return the samples of the last seconds."""
        begin = datetime.now(UTC) - timedelta(seconds=seconds)
        rows = [
            (sample["time"], sample[measure.column])
            for sample in self._samples
            if sample["time"] >= begin and sample[measure.column] is not None
        ]
        return pd.DataFrame(rows, columns=["time", "value"])


def chart(measure: Measure) -> dict[str, Any]:
    """Describe the chart of a measure for Vega-Lite. It is always the same, so the browser only exchanges the data."""
    return {
        "mark": {
            "type": "area",
            "line": {"color": measure.color, "strokeWidth": 2},
            "color": measure.color,
            "opacity": 0.25,
            "interpolate": "monotone",
        },
        "encoding": {
            "x": {
                "field": "time",
                "type": "temporal",
                "title": None,
                "axis": {"format": "%H:%M:%S", "grid": False, "tickCount": 5},
            },
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 4}},
        },
        "height": 200,
    }


def memory_megabytes() -> float | None:
    """Return the resident memory of this process; None where that cannot be had without a further package."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
