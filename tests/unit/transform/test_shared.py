"""A mapping with definitions and shared calls analyses, narrows and runs as one that has them itself."""

from pathlib import Path

from unified.models import ModelShape, Target
from unified.transform.queries.query import Query
from unified.transform.requests import first_page

SHARED = """\
define:
  web: '"https://acme.test/" & $account.settings.site & "/" & $key(id)'
  key: 'function($id) { $string($id) }'
calls:
  people:
    request: GET /${object}
    query: |
      {"since": updated_after, "email": filter.email, "properties": $join($reads, ",")}
"""
RECORD = """\
record: '{"id": id, "first_name": first, "web_url": $web}'
parameters: {object: people}
list: [{use: people}]
"""
WRITTEN_OUT = """\
record: |
  ( $key := function($id) { $string($id) };
    $web := "https://acme.test/" & $account.settings.site & "/" & $key(id);
    {"id": id, "first_name": first, "web_url": $web} )
list:
  - request: GET /people
    query: |
      {"since": updated_after, "email": filter.email, "properties": $join($reads, ",")}
"""
PERSON = {"id": 7, "first": "Ada"}
BINDINGS = {"query": {}, "account": {"settings": {"site": "x"}}}


def both(catalog, tmp_path: Path):
    (tmp_path / "mappings" / "acme").mkdir(parents=True)
    written_out = catalog(WRITTEN_OUT).compiled("acme", "crm.contacts")
    (tmp_path / "mappings" / "acme" / "_shared.yaml").write_text(SHARED, encoding="utf-8")
    return catalog(RECORD).compiled("acme", "crm.contacts"), written_out


def test_reads_filters_and_requests_are_those_of_the_mapping_that_is_written_out(catalog, tmp_path: Path) -> None:
    shared, written_out = both(catalog, tmp_path)
    assert shared.list_calls.native_filters == written_out.list_calls.native_filters == {"filter.email", "updated_after"}
    for fields in ((), ("first_name",), ("web_url",)):
        query = Query(fields=fields)
        pages = [first_page(one, query, BINDINGS) for one in (shared, written_out)]
        assert pages[0] == pages[1]
        mappers = [one.shape(one.lists[0], query).mapper(BINDINGS) for one in (shared, written_out)]
        assert mappers[0]([PERSON]) == mappers[1]([PERSON])
    assert shared.shape(shared.lists[0], Query(fields=("first_name",))).reads == ("first", "id")


def test_a_record_with_definitions_has_a_fused_program(catalog, tmp_path: Path) -> None:
    shared, _ = both(catalog, tmp_path)
    shape = ModelShape(target=Target(struct=shared.model.struct))
    assert shared.record.shaped(shape, BINDINGS) is not None


def test_notes_are_not_part_of_the_digest(catalog) -> None:
    before = catalog(WRITTEN_OUT).compiled("acme", "crm.contacts").digest
    noted = catalog(WRITTEN_OUT + "notes: [Read this]\nnot_offered: {tags: none}\n", provider="notes: [Read that]\n")
    assert noted.compiled("acme", "crm.contacts").digest == before


def test_the_digest_covers_what_a_mapping_uses_of_the_shared_file_and_nothing_else(catalog, tmp_path: Path) -> None:
    path = tmp_path / "mappings" / "acme" / "_shared.yaml"
    path.parent.mkdir(parents=True)

    def digest(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return catalog(RECORD).compiled("acme", "crm.contacts").digest

    before = digest(SHARED)
    assert digest(SHARED + "  unused: {request: GET /x}\n") == before
    assert digest(SHARED.replace("acme.test", "acne.test")) != before
    assert digest(SHARED.replace("GET /${object}", "GET /v2/${object}")) != before
