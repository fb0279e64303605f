"""Laws of hidden fields, over all golden cases."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.world import catalog
from unified.authoring.golden.case_outcomes import outcomes_of
from unified.authoring.golden.golden_files import golden_paths, read_golden
from unified.authoring.workspace import open_mapping
from unified.catalog.load import installed_folder
from unified.transform.coverage import OWN_KEYS, repeated

CLASSES = {"personal", "sensitive", "secret"}
FOLDER = installed_folder()


def texts(value: Any) -> Iterator[str]:
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)
    if isinstance(value, str) and len(value) > len("female"):
        yield value


GOLDEN = [one for one in golden_paths(FOLDER) if "custom_fields" in one.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda one: f"{one.parent.name} {one.name.removesuffix('.test.yaml')}")
def test_no_customers_own_key_shows_what_a_hidden_field_holds(path):
    golden = read_golden(path)
    mapping = open_mapping(FOLDER, golden.provider, golden.model)
    compiled = catalog().compiled(golden.provider, golden.model)
    fields = {field.name for field in compiled.model.fields if field.sensitivity in CLASSES} - OWN_KEYS
    for case in golden.cases:
        gives = outcomes_of(mapping, case)["gives"] if case.input == "record" and "gives" in case.expected else None
        for record in gives if isinstance(gives, list) else [gives]:
            for name in fields & set(record or ()):
                shown = OWN_KEYS - repeated(compiled, frozenset({name}))
                seen = {text for own in shown for text in texts(record.get(own))}
                assert not seen & set(texts(record[name])), (case.name, name)
