"""The language's official suite, evaluated: every case has its value, or its error code."""

import pytest

from jsonata_benchmarks import suite

pytestmark = pytest.mark.skipif(not suite.SUITE.is_dir(), reason="the JSONata suite is not beside the repository")


def test_every_case_has_its_value_or_its_error_code():
    chosen = list(suite.cases())
    assert len(chosen) == 1686
    assert suite.run(chosen) == []


def test_a_case_that_comes_out_differently_is_reported():
    case = next(suite.cases())
    wrong = suite.Case(**{name: getattr(case, name) for name in case.__struct_fields__} | {"expected": 1, "code": None})
    assert [one.name for one in suite.run([wrong])] == [case.name]
    asked = suite.Case(**{name: getattr(case, name) for name in case.__struct_fields__} | {"code": "D0000"})
    assert [one.expected for one in suite.run([asked])] == ["error D0000"]
