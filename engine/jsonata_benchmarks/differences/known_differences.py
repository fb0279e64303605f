"""Where another engine answers otherwise and is wrong, or is not followed by design: each with an example and our value.

jsonata-python is a port of npm's engine and has most of its faults. A difference is a rule over programs: it is recognised by
what it changes, or by its vanishing when the program is written so that it cannot matter.
"""

from typing import Final

from jsonata_benchmarks.differences.calls import CALLS
from jsonata_benchmarks.differences.known import CODE, NPM, Known
from jsonata_benchmarks.differences.numbers_and_texts import NUMBERS_AND_TEXTS
from jsonata_benchmarks.differences.paths import PATHS

__all__ = ["CODE", "KNOWN", "Known"]

BOUND: Final = Known(
    name="a bound of this engine",
    why="by design: depth, steps and sizes are bounded here, as an expression may come from anybody",
    oracles=NPM,
    source="($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(300))",
    document={},
    code="U1001",
    explains=lambda _source, _document, mine, _other: mine.code in {"U1001", "U1002", "U1003", "U1004"},
)
"""It is asked about first: what takes long would take as long again for each of the others."""

KNOWN: Final[tuple[Known, ...]] = (BOUND, *NUMBERS_AND_TEXTS, *PATHS, *CALLS)
