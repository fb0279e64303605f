"""Several calls for one method: the first with a true `when` is made, and a body is checked against that one."""

import pytest

from tests.acme import open_acme, write_catalog
from unified.errors.configuration import CatalogError
from unified.errors.requests import UnsupportedField, ValidationFailed
from unified.transform.catalog import Catalog
from unified.transform.tools.definition import annotate

MAPPING = """\
record: |
  {"id": id, "first_name": first}
write: |
  {"first": first_name}
get:
  - when: $substring(id, 0, 1) = "p"
    request: GET /people/{id}
  - request: GET /leads/{id}
create:
  - when: last_name
    request: POST /people
    body: '{"first": first_name, "last": last_name, "title": title}'
    required: [last_name, title]
  - request: POST /leads
update:
  - when: $exists(title)
    request: PUT /people/{id}
    body: '{"title": title}'
  - when: $exists(first_name)
    request: PATCH /people/{id}
delete:
  - when: $substring($query.id, 0, 1) = "p"
    request: POST /people/{id}/archive
  - request: DELETE /leads/{id}
custom_methods:
  merge:
    - when: $exists(into)
      request: POST /people/{id}/merge
      body: '{"into": into}'
    - request: POST /people/{id}/merge_all
"""
ONE = {"id": "p1", "first": "Ada"}
ANSWERS = {
    "GET /people/p1": ONE,
    "GET /leads/l1": {"id": "l1", "first": "Bo"},
    "POST /people": ONE,
    "POST /leads": {"id": "l1"},
    "PUT /people/p1": ONE,
    "PATCH /people/p1": ONE,
}


async def test_the_first_call_that_fits_is_made(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        assert [(await acme.get(one))["first_name"] for one in ("p1", "l1")] == ["Ada", "Bo"]
        await acme.write("create", {"first_name": "A", "last_name": "L", "title": "T"})
        await acme.write("create", {"first_name": "A"})
        await acme.write("update", {"title": "T"}, record_id="p1")
        await acme.write("update", {"first_name": "B"}, record_id="p1")
        await acme.write("delete", record_id="p1")
        await acme.write("delete", record_id="l1")
        assert acme.arrived == [
            "GET /people/p1",
            "GET /leads/l1",
            "POST /people",
            "POST /leads",
            "PUT /people/p1",
            "PATCH /people/p1",
            "POST /people/p1/archive",
            "DELETE /leads/l1",
        ]


async def test_a_field_that_the_chosen_call_does_not_send_is_refused(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        with pytest.raises(UnsupportedField, match="`title` cannot be written"):
            await acme.write("create", {"first_name": "A", "title": "T"})
        with pytest.raises(UnsupportedField, match="`first_name` cannot be written"):
            await acme.write("update", {"first_name": "A", "title": "T"}, record_id="p1")
        with pytest.raises(ValidationFailed, match="title"):
            await acme.write("create", {"last_name": "L"})
        assert acme.arrived == []


def test_what_is_derived_is_that_of_all_calls(tmp_path) -> None:
    contacts = write_catalog(tmp_path, {"crm.contacts": MAPPING}).compiled("acme", "crm.contacts")
    assert contacts.write_calls.writable("create") == {"first_name", "last_name", "title"}
    assert (contacts.write_calls.required("create"), contacts.write_calls.required_by(contacts.calls_of("create")[0])) == (
        (),
        ("last_name", "title"),
    )
    assert annotate(contacts, "update")["idempotentHint"] is False


WRONG = [
    (
        '  - when: $substring(id, 0, 1) = "p"\n    request: GET',
        "  - request: GET",
        ":6:5: only the last call of `get` may be without `when`: the calls after this one are never made",
    ),
    (
        "  - request: DELETE",
        "  - when: $query.id\n    request: DELETE",
        ":24:11: the last call of `delete` has no `when`: it takes what is left",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_a_call_that_is_never_made_is_refused_with_its_place(tmp_path, old: str, new: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {"crm.contacts": MAPPING.replace(old, new)})
    assert str(caught.value).endswith(message)


@pytest.mark.slow
def test_every_method_of_the_catalog_has_a_call_to_take() -> None:
    catalog = Catalog.load()
    for mapping in (catalog.compiled(*pair) for pair in catalog.mappings()):
        assert all(calls[-1].when is None or method == "update" for method, calls in mapping.choices.items())
