"""The id of a new record, found by a query where the answer to the create does not have it."""

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from unified.errors.configuration import CatalogError
from unified.errors.providers import ProviderMalformed

MAPPING = """\
record: |
  {"id": id, "first_name": first}
write: |
  {"first": first_name}
get: {request: "GET /people/{id}"}
create:
  request: POST /people
  find_new:
    request: GET /people
    query: '{"first": first_name, "batch": $answer.batch}'
    new_id: people[0].id
  read_back: true
"""
ANSWERS = {
    "POST /people": {"batch": "b7"},
    "GET /people": {"people": [{"id": 5}]},
    "GET /people/5": {"id": 5, "first": "Ada"},
}


async def test_a_new_record_is_found_by_a_query(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        made = await acme.write("create", {"first_name": "Ada"})
        assert made.record is not None
        assert made.record["id"] == "5"
        assert acme.arrived == ["POST /people", "GET /people?first=Ada&batch=b7", "GET /people/5"]


@pytest.mark.parametrize("answer", [{"people": []}, {}, httpx2.Response(500, json={})])
async def test_a_record_that_is_not_found_was_created_anyway(tmp_path, answer) -> None:
    async with open_acme(tmp_path, MAPPING, {**ANSWERS, "GET /people": answer}) as acme:
        with pytest.raises(
            ProviderMalformed, match="the provider accepted the write, but the record could not be read back"
        ) as caught:
            await acme.write("create", {"first_name": "Ada"})
        assert caught.value.is_partly_done
        assert acme.arrived.count("POST /people") == 1


def test_find_without_an_id_is_refused_with_its_place(tmp_path) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {"crm.contacts": MAPPING.replace("    new_id: people[0].id\n", "")})
    assert str(caught.value).endswith("crm.contacts.yaml:8:3: `find_new` needs `new_id` in it, and `read_back` next to it")


async def test_what_cannot_be_read_back_is_named(tmp_path):
    text = 'record: |\n  {"id": id, "name": name}\nwrite: |\n  {"name": name}\ncreate: {request: POST /deals}\n'
    async with open_acme(tmp_path, {"crm.opportunities": text}, {"POST /deals": {"name": "x"}}) as acme:
        with pytest.raises(ProviderMalformed) as refused:
            await acme.write("create", {"name": "x"}, model="crm.opportunities")
    assert str(refused.value) == (
        "the provider accepted the write, but the record could not be read back "
        '(mapping_failed: crm.opportunities /id: expected text, got nothing: the mapping\'s record must have "id")'
    )
