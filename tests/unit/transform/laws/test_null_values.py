"""A law of null, over all golden cases: what a provider leaves empty is empty in the record, and the rest of it stays."""

import copy
import re
from typing import Any

import msgspec

from tests.cases import each
from unified.authoring.golden.case_outcomes import outcomes_of
from unified.authoring.golden.golden_files import golden_paths, read_golden
from unified.authoring.workspace import open_mapping
from unified.catalog.load import installed_folder
from unified.errors.providers import MappingFailed

FOLDER = installed_folder()
WORD = re.compile(r"(?<![A-Za-z])null(?![A-Za-z])")
"""The word that JSONata makes of null where text is joined."""
REQUIRED = "expected text, got nothing: the mapping's record must have"
"""A record without its id, or another field that the model requires, is refused."""
OWN = frozenset({"custom_fields", "remote_data"})
"""Fields that show what the provider has as it is."""


def leaves(value, place=()):
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*place, name))
    elif value is not None:
        yield place


def without(record, place):
    """The record with null at a place."""
    made = inner = copy.deepcopy(record)
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = None
    return made


def texts(value):
    if isinstance(value, dict):
        return [text for name, one in value.items() if name not in OWN for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, list) else [value] * isinstance(value, str)


def told(mapping, case) -> list[str]:
    """What is wrong with the records of a case in which one value after another is null."""
    if WORD.search(str(outcomes_of(mapping, case)["gives"])):
        return []
    found = []
    for place in leaves(case.record):
        emptied = msgspec.structs.replace(case, record=without(case.record, place))
        try:
            record: Any = outcomes_of(mapping, emptied)["gives"]
        except MappingFailed as problem:
            found += [] if REQUIRED in str(problem) else [f"{case.name}: {place}: {problem}"]
            continue
        found += [f"{case.name}: {place}: {text}" for text in texts(record) if WORD.search(text)]
    return found


@each("path", golden_paths(FOLDER), ids=lambda one: f"{one.parent.name} {one.name.removesuffix('.test.yaml')}")
def test_null_is_neither_a_word_in_a_record_nor_the_end_of_it(path):
    golden = read_golden(path)
    mapping = open_mapping(FOLDER, golden.provider, golden.model)
    cases = [one for one in golden.cases if one.input == "record" and "gives" in one.expected]
    assert [problem for case in cases for problem in told(mapping, case)] == []
