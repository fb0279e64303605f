"""Laws of composite ids, over all mappings that have them."""

import pytest

from tests.world import catalog
from unified.transform.compilation.named_calls import calls_of

COMPOSITE = [one for name in catalog().mappings() if (one := catalog().compiled(*name)).id_template is not None]


@pytest.mark.parametrize("mapping", COMPOSITE, ids=lambda one: f"{one.provider.name} {one.model.id}")
def test_a_composite_id_is_built_of_its_parts_and_split_into_them(mapping):
    template = mapping.id_template
    plain = "42"
    parts = [choices.split("|")[-1] if (choices := of(template, name)) else f"{plain}:%3A{plain}%" for name in template.names()]
    built = template.build(parts)
    assert list(template.split(built).values()) == parts
    assert all(template.build([*parts[:at], "", *parts[at + 1 :]]) is None for at in range(len(parts)))


@pytest.mark.parametrize(
    "mapping",
    [one for one in COMPOSITE if "list" in one.operations],
    ids=lambda one: f"{one.provider.name} {one.model.id}",
)
def test_records_build_their_ids_with_the_template(mapping):
    ids = [write.value for write in mapping.record.analysis.writes if write.key == "id"]
    assert any(list(calls_of(value, {"id"})) for value in ids)


def of(template, name):
    """Return the choices of a part, as the template lists them."""
    found = template.template.partition("{" + name + "=")[2].partition("}")[0]
    return found or None
