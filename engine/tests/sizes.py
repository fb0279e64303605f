"""How much the random tests do: the same small share in each run, new values with UNIFIED_TEST_RANDOM, all with UNIFIED_TEST_FULL_SIZE."""

import os

RANDOM = "UNIFIED_TEST_RANDOM" in os.environ
"""Whether property tests draw other values in each run."""
FULL_SIZE = "UNIFIED_TEST_FULL_SIZE" in os.environ
"""Whether long tests run at full length; their time is not bounded then."""


def examples(number: int) -> int:
    """Return how many values a property test draws: the number where they are new in each run, a third where they are the same."""
    return number if RANDOM or FULL_SIZE else max(number // 3, 20)
