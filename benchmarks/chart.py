"""The charts of a run as SVG, readable on light and dark pages: the page colour is part of the picture and changes with it."""

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from benchmarks.latencies import Latency
from benchmarks.measure import Measured
from benchmarks.results import Results
from benchmarks.tables import milliseconds

WIDTH: Final = 860
LEFT: Final = 230
RIGHT: Final = 90
LINE: Final = 30
TOP: Final = 62
BOTTOM: Final = 370
STYLE: Final = """\
text{font:13px system-ui,sans-serif;fill:#24292f}.page{fill:#fff}.soft{fill:#57606a;font-size:12px}
.title{font-size:15px;font-weight:600}.grid{stroke:#d8dee4}.line{fill:none;stroke-width:2}.high{stroke-dasharray:5 4}
.ours{fill:#0969da;stroke:#0969da}.peer{fill:#8c959f;stroke:#8c959f}
.a{stroke:#8c959f}.b{stroke:#1a7f37}.c{stroke:#bf8700}.d{stroke:#0969da}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.soft{fill:#9198a1}.grid{stroke:#30363d}
.ours{fill:#4493f8;stroke:#4493f8}.b{stroke:#3fb950}.c{stroke:#d29922}.d{stroke:#4493f8}}
"""
COLOURS: Final = "abcd"


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """A logarithmic axis between two powers of ten."""

    low: int
    high: int
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond the axis are put on its ends."""
        power = math.log10(max(value, 10.0**self.low))
        return self.start + (min(power, self.high) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def axis_for(values: Sequence[float], start: float, end: float) -> Axis:
    """The axis that holds all values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return Axis(low=low, high=max(high, low + 1), start=start, end=end)


def paths_chart(results: Results) -> str:
    """Processor time of a request on each whole path, with the range of the rounds."""
    rows = next(table for table in results.tables if table.name == "paths").rows
    axis = axis_for([value for row in rows for value in row.milliseconds.rounds], LEFT, WIDTH - RIGHT)
    height = TOP + LINE * len(rows) + 40
    shapes = [_range(row, axis, TOP + LINE * number + LINE / 2) for number, row in enumerate(rows)]
    title = "Processor time of one request, in ms (logarithmic; the bar shows all rounds)"
    return _picture(title, height, _upright(axis, height) + "".join(shapes))


def _range(row: Measured, axis: Axis, y: float) -> str:
    """The name of a row, the range of its rounds and its median."""
    kind = "ours" if row.title.startswith("Unified") else "peer"
    rounds, median = row.milliseconds.rounds, row.milliseconds.median
    low, high = axis.at(min(rounds)), axis.at(max(rounds))
    return (
        f'<text x="{LEFT - 14}" y="{y + 4}" text-anchor="end">{escape(row.title)}</text>'
        f'<line class="{kind}" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke-width="3" stroke-opacity=".45"/>'
        f'<circle class="{kind}" cx="{axis.at(median):.1f}" cy="{y}" r="5"/>'
        f'<text x="{high + 10:.1f}" y="{y + 4}">{milliseconds(median)}</text>\n'
    )


def latency_chart(results: Results) -> str:
    """Latency that each path adds, by rate: p50 as a line, p99 dashed; a line ends where its path does not keep up."""
    shown = [one for one in results.latencies if one.p50_ms is not None and one.p99_ms is not None]
    across = _columns(sorted({one.rate for one in results.latencies}))
    axis = axis_for([_positive(value) for one in shown for value in (one.p50_ms, one.p99_ms)], BOTTOM, TOP + 10)
    shapes = [_level(axis), _rates(across)]
    ends: list[tuple[float, float, str, str]] = []
    for colour, title in zip(COLOURS, dict.fromkeys(one.title for one in results.latencies), strict=False):
        own = [one for one in shown if one.title == title]
        shapes += [_line(own, across, axis, colour, measure) for measure in ("p50_ms", "p99_ms")]
        ends += [(across[one.rate] + 10, axis.at(_positive(one.p50_ms)), title, colour) for one in own[-1:]]
    title = "Latency added to the provider's own, in ms (logarithmic; line: p50, dashed: p99)"
    return _picture(title, BOTTOM + 50, "".join(shapes) + "".join(_labels(ends)))


def _positive(value: float | None) -> float:
    """A logarithm needs more than nothing: differences within the noise count as a tenth of a millisecond."""
    return max(0.1, value or 0.0)


def _columns(rates: Sequence[int]) -> dict[int, float]:
    """The pixel of each rate, evenly apart."""
    return {rate: 90 + number * (WIDTH - 380) / max(1, len(rates) - 1) for number, rate in enumerate(rates)}


def _rates(across: Mapping[int, float]) -> str:
    texts = (
        f'<text class="soft" x="{x:.0f}" y="{BOTTOM + 20}" text-anchor="middle">{rate}</text>' for rate, x in across.items()
    )
    return "".join(texts) + f'<text class="soft" x="60" y="{BOTTOM + 40}">requests per second</text>\n'


def _line(own: Sequence[Latency], across: Mapping[int, float], axis: Axis, colour: str, measure: str) -> str:
    places = [(across[one.rate], axis.at(_positive(getattr(one, measure)))) for one in own]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle class="line {colour}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places)
    dashed = " high" if measure == "p99_ms" else ""
    return f'<polyline class="line {colour}{dashed}" points="{points}"/>{dots}\n'


def _labels(ends: Sequence[tuple[float, float, str, str]]) -> list[str]:
    """The names of the lines at their ends, each with its colour, moved apart where they would touch."""
    found, free = [], 0.0
    for x, y, title, colour in sorted(ends, key=lambda one: one[1]):
        free = max(y, free)
        mark = f'<line class="line {colour}" x1="{x:.1f}" x2="{x + 14:.1f}" y1="{free:.1f}" y2="{free:.1f}"/>'
        found.append(f'{mark}<text x="{x + 20:.1f}" y="{free + 4:.1f}">{escape(title)}</text>\n')
        free += 18
    return found


def _upright(axis: Axis, height: float) -> str:
    """Grid lines of a horizontal axis."""
    return "".join(
        f'<line class="grid" x1="{axis.at(tick):.1f}" x2="{axis.at(tick):.1f}" y1="{TOP - 8}" y2="{height - 32}"/>'
        f'<text class="soft" x="{axis.at(tick):.1f}" y="{height - 14}" text-anchor="middle">{tick:g}</text>'
        for tick in axis.ticks()
    )


def _level(axis: Axis) -> str:
    """Grid lines of an upright axis."""
    return "".join(
        f'<line class="grid" x1="60" x2="{WIDTH - 250}" y1="{axis.at(tick):.1f}" y2="{axis.at(tick):.1f}"/>'
        f'<text class="soft" x="52" y="{axis.at(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        for tick in axis.ticks()
    )


def _picture(title: str, height: float, shapes: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">\n'
        f'<style>{STYLE}</style><rect class="page" width="{WIDTH}" height="{height:.0f}" rx="8"/>\n'
        f'<text class="title" x="20" y="30">{escape(title)}</text>\n{shapes}\n</svg>\n'
    )
