"""A provider that speaks XML: lists, single records, refusals, writes, and what authors see of them."""

import httpx2
import pytest

from tests.acme import PROVIDER, open_acme, write_catalog
from unified.authoring.golden.built_requests import Asked, build_requests
from unified.authoring.golden.golden import run_path
from unified.authoring.golden.request_text import request_lines
from unified.authoring.samples import map_samples
from unified.cli.option_values import read_json
from unified.errors.configuration import ConfigurationError
from unified.errors.providers import ProviderMalformed, ProviderValidation
from unified.errors.requests import NotFound
from unified.service.accounts.checking import check_account

XML = PROVIDER + 'send: xml\nreceive: xml\nerrors: {message: error.message, fields: \'error.field.{"pointer": "/" & _name}\'}\n'
MAPPING = """\
record: |
  {"id": _id, "first_name": first, "emails": email.{"email": $, "type": "work"}}
write: |
  {"first": first_name, "email": emails.email}
list:
  - request: GET /people
    items: people.person
get: {request: "GET /people/{id}", item: person}
create: {request: POST /people, body: '{"person": $write}', item: person}
"""
TWO = '<person id="1"><first>Ada</first><email>a@x.example</email><email>b@x.example</email></person><person id="2"/>'
PERSON = '<person id="7"><first>Eve &amp; Bo</first></person>'


def xml(text, status=200):
    return httpx2.Response(status, content=text.encode(), headers={"content-type": "application/xml"})


LISTS = [
    (f"<people total='2'>{TWO}</people>", ["1", "2"]),
    ("<people total='1'><person id='3'/></people>", ["3"]),
    ("<people total='0'/>", []),
    ("<people/>", []),
]


@pytest.mark.parametrize(("text", "ids"), LISTS)
async def test_records_of_a_list(tmp_path, text, ids):
    async with open_acme(tmp_path, MAPPING, {"GET /people": xml(text)}, provider=XML) as acme:
        records = (await acme.list()).data
    assert [one["id"] for one in records] == ids
    if len(ids) > 1:
        assert [one["email"] for one in records[0]["emails"]] == ["a@x.example", "b@x.example"]
        assert records[1]["first_name"] is None


@pytest.mark.parametrize("text", ["<maintenance/>", '{"people": []}', "<!DOCTYPE x><people/>"])
async def test_an_answer_of_another_form_is_not_an_empty_list(tmp_path, text):
    async with open_acme(tmp_path, MAPPING, {"GET /people": xml(text)}, provider=XML) as acme:
        with pytest.raises(ProviderMalformed):
            await acme.list()


async def test_a_record_is_read_and_written(tmp_path):
    seen = []

    def answer(request):
        seen.append((request.content, request.headers.get("content-type"), request.headers["accept"]))
        return xml(PERSON)

    async with open_acme(tmp_path, MAPPING, answer, provider=XML) as acme:
        assert (await acme.get("7"))["first_name"] == "Eve & Bo"
        body = {"first_name": "Eve & Bo", "emails": [{"email": "e@x.example"}, {"email": "f@x.example"}]}
        assert (await acme.write("create", body)).record["id"] == "7"
        assert (await check_account(acme.services, acme.principal.tenant_id, acme.account)).ok
    wanted = (
        b'<?xml version="1.0" encoding="UTF-8"?>'
        b"<person><first>Eve &amp; Bo</first><email>e@x.example</email><email>f@x.example</email></person>"
    )
    assert seen[1] == (wanted, "application/xml", "application/xml, text/xml")
    assert {one[2] for one in seen} == {"application/xml, text/xml"}


async def test_a_refusal_is_read_too(tmp_path):
    refusal = xml('<error><message>First is too long</message><field name="first"/></error>', 422)
    async with open_acme(tmp_path, MAPPING, {"POST /people": refusal, "GET /people/9": xml("<e/>", 404)}, provider=XML) as acme:
        with pytest.raises(ProviderValidation) as caught:
            await acme.write("create", {"first_name": "x"})
        assert caught.value.provider.message == "First is too long"
        with pytest.raises(NotFound):
            await acme.get("9")


CASES = """\
- name: two people
  list: {}
  answer: {body: "<people><person id='1'><first>Ada</first></person><person id='2'/></people>"}
  gives: [{id: "1", first_name: Ada}, {id: "2"}]
- name: a new person
  write: {first_name: Ada}
  sends:
    body: |-
      <person>
        <first>Ada</first>
      </person>
  answer: {body: "<person id='7'><first>Ada</first></person>"}
  gives: {id: "7", first_name: Ada}
- name: as values
  write: {first_name: Ada}
  sends: {body: {person: {first: Ada}}}
"""


def test_golden_cases_have_documents(tmp_path):
    write_catalog(tmp_path, {"crm.contacts": MAPPING}, XML)
    path = tmp_path / "mappings" / "acme" / "crm.contacts.test.yaml"
    path.write_text(CASES, encoding="utf-8")
    assert [one.problem for one in run_path(tmp_path, path)] == [None, None, None]
    path.write_text(CASES.replace("<first>Ada</first>\n", "<first>Eve</first>\n"), encoding="utf-8")
    assert [one.problem is None for one in run_path(tmp_path, path)] == [True, False, True]


def test_a_request_is_printed_as_a_document(tmp_path):
    catalog = write_catalog(tmp_path, {"crm.contacts": MAPPING}, XML)
    asked = Asked(method="create", given={"first_name": "Ada"}, account={"settings": {}})
    (built,) = build_requests(catalog.mapping("acme", "crm.contacts").compiled, asked)
    assert list(request_lines(built.request)) == [
        "POST /people",
        "  body, sent as XML",
        "    <person>",
        "      <first>Ada</first>",
        "    </person>",
    ]


async def test_a_call_may_send_parts_where_others_send_json(tmp_path):
    mapping = MAPPING.replace(
        """POST /people, body: '{"person": $write}', item: person""", "POST /people, send: multipart"
    ).replace("    items: people.person\n", "")
    seen = []

    def answer(request):
        seen.append((request.headers["content-type"].partition(";")[0], request.content))
        return {"_id": 7, "first": "Ada"}

    provider = PROVIDER + "headers: {Content-Type: application/json}\n"
    async with open_acme(tmp_path, mapping, answer, provider=provider) as acme:
        await acme.write("create", {"first_name": "Ada"})
    ((kind, content),) = seen
    assert kind == "multipart/form-data"
    assert b'form-data; name="first"\r\n\r\nAda\r\n' in content


def test_samples_of_authors_are_documents_too(tmp_path):
    mapping = write_catalog(tmp_path, {"crm.contacts": MAPPING}, XML).mapping("acme", "crm.contacts")
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "a.xml").write_text(f"<people>{TWO}</people>", encoding="utf-8")
    (samples / "b.xml").write_text("<people>", encoding="utf-8")
    assert read_json(str(samples / "a.xml"))["people"]["person"][1] == {"_id": "2"}
    with pytest.raises(ConfigurationError) as caught:
        read_json(str(samples / "b.xml"))
    assert str(caught.value) == f"{samples}/b.xml: expected XML, got markup that is not XML"
    known = {"query": {}, "account": {"settings": {}}, "before": {}, "call": None}
    found = {one.name: (len(one.records), one.problem) for one in map_samples(mapping, samples, "list", known)}
    assert found == {"a.xml": (2, None), "b.xml": (0, "expected XML, got markup that is not XML")}
