"""The state of one evaluation, for tests of single functions."""

import pytest

from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget


@pytest.fixture
def budget():
    return Budget(Limits(timeout=20))  # what a long text needs on a slow machine; tests of the time have limits of their own
