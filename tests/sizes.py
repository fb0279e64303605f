"""How much the long and random tests do: a fixed, small share in `make test`, all of it in `make soak`."""

import os

FULL_SIZE = "UNIFIED_TEST_FULL_SIZE" in os.environ
"""Whether a target runs the long tests at full length; their time is not bounded then."""
