"""How much the long and random tests do: a fixed, small share in `make test`, all of it in `make soak`."""

import os

RANDOM = "UNIFIED_TEST_RANDOM" in os.environ
"""Whether property tests draw other values in each run (`make random`); else the same ones, so that a green commit stays green."""
FULL_SIZE = "UNIFIED_TEST_FULL_SIZE" in os.environ
"""Whether a target runs the long tests at full length; their time is not bounded then."""


def examples(number: int) -> int:
    """Return how many values a property test draws: the number where they are new in each run, a third where they are the same."""
    return number if RANDOM or FULL_SIZE else max(number // 3, 20)
