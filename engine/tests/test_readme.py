"""The examples of the README run and print what they show, and its figures of limits are the defaults."""

import doctest
import re
from pathlib import Path

from unified_jsonata import Limits

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_print_what_they_show():
    failed, tried = doctest.testfile(str(README), module_relative=False, optionflags=doctest.REPORT_NDIFF)
    assert tried > 15
    assert failed == 0


def test_the_table_of_limits_has_every_default():
    rows = re.findall(r"^\| `(\w+)` \| ([\d.,]+) \|", README.read_text("utf-8"), re.MULTILINE)
    assert {name: float(value.replace(",", "")) for name, value in rows} == {
        name: float(getattr(Limits(), name)) for name in Limits.__struct_fields__
    }


def test_the_changelog_has_the_version():
    project = (README.parent / "pyproject.toml").read_text("utf-8")
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    assert version is not None
    assert f"\n## {version[1]}\n" in README.with_name("CHANGELOG.md").read_text("utf-8")
