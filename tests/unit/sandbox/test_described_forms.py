"""A body means the same in every form: what a stand-in stores of JSON, it stores of a form, of parts and of XML.

And a refusal has the form of its route, whoever makes it: the operation, the credentials, the limit, or a planted fault.
"""

import httpx2
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sizes import examples
from unified.errors.configuration import CatalogError
from unified.text.xml_text import decode_xml
from unified.transport.bodies.encodings import ENCODINGS
from unified_sandbox.app import create_sandbox
from unified_sandbox.described import load_standin

TEXT = """
docs: https://fleet.example.com/docs
credentials: [{type: bearer, token: demo}]
accepts: [{type: bearer}]
limit: {requests: 1000, window_s: 60, refused: {Retry-After: "7"}}
errors: '{"code": $code, "message": $message}'
refusals:
  fault:
    errors: '{"fault": {"_code": $code, "text": $message, "status": $status, "field": $field}}'
    answers: xml
    statuses: {missing_field: 500, not_found: 500}
collections:
  crews: {rows: 3, seed: '{"name": "C" & $n}'}
  ships:
    rows: 2
    seed: '{"name": "S" & $n}'
    fields:
      name: {kind: text, required: true, max: 12}
      size: integer
      draught: number
      sails: boolean
      flags: list
      built: date
      crew_id: {kind: integer, of: crews}
      cargo: object
routes:
  POST /json: {create: ships}
  POST /form: {create: ships, send: form}
  POST /multipart: {create: ships, send: multipart}
  POST /xml: {create: ships, send: xml, take: ship}
  POST /soap:
    - {when: $exists(add), create: ships, take: add, send: xml, answers: xml, refusal: fault, status: 200, wrap: '{"ship": {"_id": $item.id}}'}
    - {get: ships, id: read.id, answers: xml, wrap: '{"ship": $item}'}
  GET /json/{id}: {get: ships}
"""


def loaded(folder, text=TEXT):
    path = folder / "fleet.sandbox.yaml"
    path.write_text(text, encoding="utf-8")
    return load_standin(path)


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    return loaded(tmp_path_factory.mktemp("fleet"))


async def sent(standin, path, form, body, *, token="demo", fault=None):
    """The answer to one write at a fresh stand-in."""
    app = create_sandbox({"fleet": standin}, enforce_limits=True)
    kind, content = ENCODINGS[form](body)
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        if fault:
            assert (await client.post("/_sandbox/faults", json={"provider": "fleet", **fault})).status_code == 201
        headers = {"authorization": f"Bearer {token}", "content-type": kind}
        return await client.post(f"/fleet{path}", content=content, headers=headers)


WORDS = st.text("abcüß &<>\"'=[]%+;", min_size=1, max_size=12).map(lambda text: text.strip() or "x")
VALUES = {
    "name": WORDS,
    "size": st.integers(-(10**6), 10**6) | st.none(),
    "draught": st.decimals(-1000, 1000, places=2).map(float) | st.none(),
    "sails": st.booleans() | st.none(),
    "flags": st.lists(WORDS, max_size=3),
    "built": st.dates().map(str) | st.none(),
    "crew_id": st.sampled_from([1, 2, 3, None]),
    "cargo": st.dictionaries(st.sampled_from(["kind", "note"]), WORDS, min_size=1),
}
BODIES = st.fixed_dictionaries({"name": VALUES["name"]}, optional={name: one for name, one in VALUES.items() if name != "name"})


@given(body=BODIES)
@hypothesis.settings(max_examples=examples(100))
async def test_a_body_means_the_same_in_every_form(standin, body):
    expected = (await sent(standin, "/json", "json", body)).json()
    assert "code" not in expected
    for form in ("form", "multipart", "xml"):
        given_ = {"ship": body} if form == "xml" else body
        came = (await sent(standin, f"/{form}", form, given_)).json()
        if form == "xml" and body.get("flags") == []:
            came["flags"] = came["flags"] or []  # no element is no list, and the field is not given
        assert came == expected, form


WRONG = [("size", "many"), ("sails", "perhaps"), ("crew_id", "99"), ("built", "soon"), ("draught", "1,5")]


@pytest.mark.parametrize("form", ["form", "multipart", "xml"])
@pytest.mark.parametrize(("name", "value"), WRONG)
async def test_a_text_that_is_not_a_value_of_the_kind_is_refused(standin, form, name, value):
    body = {"name": "Argo", name: value}
    came = await sent(standin, f"/{form}", form, {"ship": body} if form == "xml" else body)
    assert (came.status_code, came.json()["code"]) == (400, "invalid_field")


REFUSALS = [
    ("a field that is missing", {"add": {"size": 1}}, {}, 500, "missing_field"),
    ("a record that is not there", {"read": {"id": 99}}, {}, 500, "not_found"),
    ("a kind with its usual status", {"add": {"name": "x", "size": "y"}}, {}, 400, "invalid_field"),
    ("wrong credentials", {"read": {"id": 1}}, {"token": "other"}, 401, "invalid_credentials"),
    ("a planted fault", {"read": {"id": 1}}, {"fault": {"status": 503}}, 503, "fault"),
    ("the limit", {"read": {"id": 1}}, {"fault": {"status": 429}}, 429, "rate_limited"),
]


@pytest.mark.parametrize(("body", "more", "status", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
async def test_a_refusal_has_the_form_of_its_route(standin, body, more, status, code):
    came = await sent(standin, "/soap", "xml", body, **more)
    assert (came.status_code, came.headers["content-type"]) == (status, "application/xml;charset=utf-8")
    fault = decode_xml(came.content)["fault"]
    assert (fault["_code"], fault["status"]) == (code, str(status))
    assert came.headers.get("retry-after") == ("7" if status == 429 else None)
    json = await sent(standin, "/json", "json", {} if code == "missing_field" else {"name": "Argo"}, **more)
    assert json.headers["content-type"].startswith("application/json")


async def test_text_that_is_not_a_document_is_refused_as_one(standin):
    app = create_sandbox({"fleet": standin})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/fleet") as client:
        client.headers["authorization"] = "Bearer demo"
        for content, kind, code in ((b"<add", "text/xml", "invalid_json"), (b"{}", "application/json", "media_type")):
            came = await client.post("/soap", content=content, headers={"content-type": kind})
            assert decode_xml(came.content)["fault"]["_code"] == code


def test_an_unknown_form_of_refusals_is_named(tmp_path):
    with pytest.raises(CatalogError) as caught:
        loaded(tmp_path, TEXT.replace("refusal: fault", "refusal: faults"))
    assert "unknown form of refusals 'faults'. Did you mean 'fault'? Known: fault" in str(caught.value)


def test_the_routes_of_a_path_have_one_form(tmp_path):
    with pytest.raises(CatalogError) as caught:
        loaded(tmp_path, TEXT.replace("{get: ships, id: read.id", "{send: form, get: ships, id: read.id"))
    assert "send: the routes of a path are alike in this, as a request may be refused before one is chosen" in str(caught.value)
