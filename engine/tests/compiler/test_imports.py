"""What an expression does not use is not loaded."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from unified_jsonata import compile
compile('{source}').evaluate({{"at": "2026-11-26", "n": 7}})
print(*sorted({{name.split(".")[2] for name in sys.modules if name.startswith("unified_jsonata.runtime.")}}))
"""
CASES = [
    ('{"a": n & "x", "b": $sum([n, 1])}', set()),
    ("$millis()", set()),
    ('$formatNumber(n, "0.00")', {"numerals"}),
    ('$formatInteger(n, "w")', {"numerals"}),
    ('$parseInteger("12", "0")', {"numerals"}),
    ("$toMillis(at)", {"dates", "numerals"}),
    ('$fromMillis(n, "[Y]")', {"dates", "numerals"}),
    ('$fromMillis($toMillis(at), "[Y]")', {"dates", "numerals"}),
    ("$now()", {"dates", "numerals"}),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_pictures_are_loaded_by_the_expressions_that_use_them(source, expected):
    ran = subprocess.run([sys.executable, "-c", SCRIPT.format(source=source)], capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) & {"dates", "numerals"} == expected
