"""`$reads`: what the provider is asked for is what the record expression reads, in the provider's spelling."""

import pytest

from unified.catalog.provider import Reads
from unified.transform.records.record_mapper import render_reads

PATHS = [("id",), ("properties", "email"), ("properties", "phone", "work"), ("properties",), ("Owner", "Name"), ("*",), ()]
CASES = [
    (Reads(), ["Owner.Name", "id", "properties", "properties.email", "properties.phone.work"]),
    (Reads(depth=1), ["Owner", "id", "properties"]),
    (Reads(under="properties"), ["email", "phone.work"]),
    (Reads(under="properties", depth=1), ["email", "phone"]),
    (Reads(under="properties.phone"), ["work"]),
    (Reads(exclude=("properties",)), ["Owner.Name", "id"]),
    (Reads(exclude=("properties.phone", "id")), ["Owner.Name", "properties", "properties.email"]),
    (Reads(exclude=("prop",)), ["Owner.Name", "id", "properties", "properties.email", "properties.phone.work"]),
    (Reads(under="properties", depth=1, always=("Id", "email")), ["Id", "email", "phone"]),
    (Reads(under="nothing"), []),
]


@pytest.mark.parametrize(("rules", "names"), CASES)
def test_paths_become_names(rules: Reads, names: list[str]) -> None:
    assert render_reads(PATHS, rules) == names


def test_a_wildcard_ends_a_name() -> None:
    assert render_reads([("a", "*", "b"), ("c", "**")], Reads()) == ["a", "c"]
