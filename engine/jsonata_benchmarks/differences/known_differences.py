"""Where another engine answers otherwise and is wrong, or is not followed by design: each with an example and our value.

jsonata-python is a port of npm's engine and has most of its faults. A difference is a rule over programs: it is recognised by
what it changes, or by its vanishing when the program is written so that it cannot matter.
"""

from typing import Final

from jsonata_benchmarks.differences.calls import CALLS
from jsonata_benchmarks.differences.known import CODE, Known
from jsonata_benchmarks.differences.numbers_and_texts import NUMBERS_AND_TEXTS
from jsonata_benchmarks.differences.paths import PATHS

__all__ = ["CODE", "KNOWN", "Known"]

KNOWN: Final[tuple[Known, ...]] = (*NUMBERS_AND_TEXTS, *PATHS, *CALLS)
