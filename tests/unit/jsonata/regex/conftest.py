"""The state of one evaluation, for tests of single functions."""

import pytest

from unified.jsonata.limits import Limits
from unified.jsonata.runtime.budget import Budget


@pytest.fixture
def budget():
    return Budget(Limits())
