"""The layers of tests, by the folders that they are in, and what is changed to measure them."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CHANGED = ("unified/transform/", "unified/service/records/")
"""Folders where changes are made: what maps records, and what calls, limits and writes them."""
ENOUGH = 2
"""Files of one layer that fail before the rest of the layer is left out: whether only one file notices is then known."""
LONGEST_CPU, LONGEST = 90, 1200
"""Seconds of the processor, and in all, after which a change counts as noticed: it made something endless."""
TOO_LONG = "of processor time and"
"""What conftest.py says of a test that took too long: the machine may be busy, so this alone is no proof."""
LAYERS = {
    "golden": ("tests/unit/test_golden.py",),
    "cassettes": ("tests/cassettes/", "tests/recordings/"),
    "conformance": ("tests/conformance/",),
    "laws": ("tests/unit/transform/laws/",),
    "unit": ("tests/unit/",),
    "security": ("tests/security/",),
    "journeys": ("tests/",),
}
"""The first prefix that fits decides: `journeys` are the tests of subjects, through the API, the pages and the agents' endpoint."""


def layer_of(test: str) -> str:
    """The layer of a test, by its id."""
    return next(name for name, places in LAYERS.items() if test.startswith(places))
