"""Stand-ins as data: the one of docs/sandbox.md, run from the page, and what is refused in a file."""

import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.unit.sandbox.conftest import PAGE
from unified.errors.configuration import CatalogError
from unified.text.xml_text import decode_xml, encode_xml
from unified_sandbox.app import create_sandbox
from unified_sandbox.described import load_standin
from unified_sandbox.paging import opaque

(TEXT,) = re.findall(
    r"<!-- file: providers/shelf.sandbox.yaml -->\n```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
)


def loaded(folder: Path, text: str = TEXT):
    path = folder / "shelf.sandbox.yaml"
    path.write_text(text, encoding="utf-8")
    return load_standin(path)


@pytest.fixture
def app(tmp_path, clock):
    return create_sandbox({"shelf": loaded(tmp_path)}, clock=clock)


@pytest.fixture
async def client(app):
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        client.headers["authorization"] = "Bearer demo-shelf"
        yield client


async def test_every_page_of_a_list_once_and_none_twice(client):
    seen, page = [], 1
    while page:
        answer = (await client.get(f"/v1/books?page={page}&size=7")).json()
        seen += [one["id"] for one in answer["books"]]
        assert answer["total"] == 40
        page = answer["next_page"]
    assert seen == [*range(9000, 9040)]


async def test_every_run_starts_with_the_same_data(tmp_path):
    standin = loaded(tmp_path)
    one, two = (create_sandbox({"shelf": standin}) for _ in range(2))
    assert one.lives["shelf"].state == two.lives["shelf"].state


async def test_filters_and_order_are_applied(client):
    out = (await client.get("/v1/books?state=out&size=50&order=-updated")).json()["books"]
    assert {one["state"] for one in out} == {"out"}
    times = [one["updated"] for one in out]
    assert times == sorted(times, reverse=True)
    since = (await client.get(f"/v1/books?since={times[3]}&state=out")).json()["books"]
    assert {one["id"] for one in since} == {one["id"] for one in out[:4]}


async def test_a_query_in_a_language_selects_and_orders(tmp_path, clock):
    text = TEXT.replace("      state: state\n", "      q: {language: sysparm}\n")
    app = create_sandbox({"shelf": loaded(tmp_path, text)}, clock=clock)
    headers = {"authorization": "Bearer demo-shelf"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf", headers=headers
    ) as client:
        books = (await client.get("/v1/books", params={"q": "state=out^ORDERBYDESCid"})).json()["books"]
        assert [one["id"] for one in books] == [*range(9036, 8999, -4)]
        for query in ("colour=red", "state?out"):
            refused = await client.get("/v1/books", params={"q": query})
            problem = refused.json()["error"]
            assert (refused.status_code, problem["code"], problem["field"]) == (400, "invalid_query", "q")


async def test_what_is_written_is_read_and_a_deleted_record_is_gone(client):
    made = await client.post("/v1/books", json={"title": "Emma", "reader_id": 3})
    assert (made.status_code, made.json()["state"], made.json()["reader"]["id"]) == (201, "in", 3)
    path = f"/v1/books/{made.json()['id']}"
    changed = (await client.patch(path, json={"reader_id": None})).json()
    assert (changed["title"], changed["reader"]) == ("Emma", None)
    assert (await client.get(path)).json() == changed
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


REFUSED = [
    ("POST", "/v1/books", {"titel": "Emma", "title": "Emma"}, 400, "unknown_field", "titel"),
    ("POST", "/v1/books", {"state": "in"}, 400, "missing_field", "title"),
    ("POST", "/v1/books", {"title": 7}, 400, "invalid_field", "title"),
    ("POST", "/v1/books", {"title": "x" * 201}, 400, "invalid_field", "title"),
    ("POST", "/v1/books", {"title": "Emma", "state": "lost"}, 400, "invalid_field", "state"),
    ("POST", "/v1/books", {"title": "Emma", "reader_id": 99}, 400, "invalid_field", "reader_id"),
    ("GET", "/v1/books?stat=in", None, 400, "unknown_argument", "stat"),
    ("GET", "/v1/books?page=0", None, 400, "invalid_argument", "page"),
    ("GET", "/v1/books?size=many", None, 400, "invalid_argument", "size"),
    ("GET", "/v1/books?order=colour", None, 400, "invalid_argument", "order"),
    ("GET", "/v1/books/1", None, 404, "not_found", ""),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "field"), REFUSED, ids=[str(one[1:3]) for one in REFUSED])
async def test_undescribed_routes_are_refused(client, method, path, body, status, code, field):
    answer = await client.request(method, path, json=body) if body else await client.request(method, path)
    problem = answer.json()["error"]
    assert (answer.status_code, problem["code"], problem["field"]) == (status, code, field)
    assert (await client.get("/v1/books")).json()["total"] == 40


async def test_a_body_that_is_not_json_is_refused(client):
    assert (await client.post("/v1/books", content=b"title=Emma")).status_code == 415
    broken = await client.post("/v1/books", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "invalid_json")


async def test_a_record_can_be_planted_in_the_form_of_the_others(app, client):
    planted = await client.put("http://sandbox/_sandbox/shelf/books/77", json={"title": "Planted"})
    assert planted.status_code == 200
    assert (await client.get("/v1/books/77")).json()["title"] == "Planted"
    refused = await client.put("http://sandbox/_sandbox/shelf/books/78", json={"title": ["a", "list"]})
    assert refused.status_code == 422
    assert "78" not in app.lives["shelf"].state["books"]


WRONG = [
    ("$sentences()", "$sentenses()", "unknown function $sentenses. Did you mean 'sentences'? Known:"),
    ("list: books", "lst: books", "shelf.sandbox.yaml:42:5: unknown key `lst`. Did you mean 'list'?"),
    ("list: books", "list: boks", "unknown collection 'boks'. Did you mean 'books'?"),
    ("of: readers", "of: reader", "unknown collection 'reader'. Did you mean 'readers'?"),
    ("GET /v1/me", "FETCH /v1/me", "expected a method (GET, POST, PUT, PATCH, DELETE) and a path"),
    ("{get: books}", "{get: books, delete: books}", "got get and delete"),
    ("{get: books}", "{status: 200}", "expected one of the keys list, get, create, update, delete, answer, got none"),
    ("state: state", "state: {language: sql}", "unknown query language 'sql'"),
    ("kind: page, at", "kind: pages, at", "Did you mean 'page'?"),
    ("$sentences()", "$sentences(", "not valid JSONata"),
    ("max: 50}", "max: 50, otherwise: page}", "unknown paging 'page'. Did you mean 'pages'?"),
    ("    rows: 40\n", "    derived: '[]'\n", "'books' is derived from other collections: expected list or get"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG, ids=[one[1] for one in WRONG])
def test_a_mistake_in_a_file_is_named_with_its_place(tmp_path, right, wrong, message):
    assert right in TEXT
    with pytest.raises(CatalogError) as caught:
        loaded(tmp_path, TEXT.replace(right, wrong, 1))
    assert message in str(caught.value)
    assert re.match(r"providers/shelf\.sandbox\.yaml:\d+:\d+: ", str(caught.value))


RUNNING = [
    ("$sentences()", '$rows("boks")', "boks"),
    ("$sentences()", "1 + $string(1)", "number"),
]


@pytest.mark.parametrize(("right", "wrong", "word"), RUNNING, ids=[one[1] for one in RUNNING])
def test_a_mistake_in_the_first_data_is_named_with_its_place(tmp_path, right, wrong, word):
    assert right in TEXT
    line = TEXT[: TEXT.index(right)].count("\n") + 1
    standin = loaded(tmp_path, TEXT.replace(right, wrong, 1))
    with pytest.raises(CatalogError, match=rf"^providers/shelf\.sandbox\.yaml:{line}:\d+: .*{re.escape(word)}"):
        standin.seed(random.Random(1))


def test_first_data_that_is_not_an_object_is_named_with_its_place(tmp_path):
    text = re.sub(r"(    seed: )\|\n(?:      .*\n)+", r"\1'[1, 2]'\n", TEXT, count=1)
    assert text != TEXT
    with pytest.raises(CatalogError, match=r"^providers/shelf\.sandbox\.yaml:\d+:\d+: expected an object"):
        loaded(tmp_path, text).seed(random.Random(1))


@pytest.mark.parametrize("wrong", ["$uppercase(1)", '$refuse("nothing", "x")'])
async def test_a_mistake_that_a_call_meets_is_answered_and_logged_with_its_place(tmp_path, clock, caplog, wrong):
    text = TEXT.replace("{get: books}", f"{{get: books, show: '{wrong}'}}", 1)
    app = create_sandbox({"shelf": loaded(tmp_path, text)}, clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        answer = await client.get("/v1/books/9000", headers={"authorization": "Bearer demo-shelf"})
    assert answer.status_code == 500
    place = "unknown case 'nothing'" if "refuse" in wrong else r"providers/shelf\.sandbox\.yaml:\d+:\d+: "
    assert re.search(place, answer.text)
    assert re.search(place, caplog.text)


PARTS = TEXT.replace(
    "accepts: [{type: bearer}]",
    'accepts: [{type: parts, headers: {X-App: "{app}"}, query: {org: "{org}"}, basic: {username: "{org}", password: "{app}"}}]',
).replace("  - {type: oauth2", "  - {type: parts, app: a1, org: o1}\n  - {type: oauth2", 1)
ASKED = [
    ({}, {}, None, 401, "missing_credentials"),
    ({"X-App": "a1"}, {"org": "o1"}, None, 401, "invalid_credentials"),
    ({"X-App": "a1"}, {"org": "o1"}, ("o1", "a2"), 401, "invalid_credentials"),
    ({"X-App": "a1"}, {"org": "o1"}, ("o1", "a1"), 200, None),
]


@pytest.mark.parametrize(("headers", "query", "pair", "status", "code"), ASKED)
async def test_credentials_of_several_parts_are_accepted_only_together(*, tmp_path, headers, query, pair, status, code):
    app = create_sandbox({"shelf": loaded(tmp_path, PARTS + "unknown_arguments: ignore\n")})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        answer = await client.get("/v1/books", headers=headers, params=query, auth=pair)
    assert answer.status_code == status
    assert code is None or code in answer.text


SPEAKS_XML = """\
docs: https://tally.example.com/docs
credentials: [{type: bearer, token: t}]
accepts: [{type: bearer}]
answers: xml
errors: |
  {"error": {"_code": $code, "message": $message}}
list: |
  {"people": {"_total": $total, "person": $items}}
paging:
  all: {kind: page, at: page, default: 2, max: 9}
collections:
  people: {records: [{id: 1, name: Ada}, {id: 2, name: Eve}, {id: 3, name: Bo}], fields: {name: text}}
routes:
  GET /people: {list: people}
  POST /people: {create: people, send: xml, take: person, wrap: '{"person": $item}'}
"""


async def test_a_stand_in_may_speak_xml(tmp_path):
    app = create_sandbox({"shelf": loaded(tmp_path, SPEAKS_XML)})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        client.headers["authorization"] = "Bearer t"
        listed = await client.get("/people")
        assert listed.headers["content-type"] == "application/xml;charset=utf-8"
        assert decode_xml(listed.content) == {
            "people": {"_total": "3", "person": [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Eve"}]}
        }
        kind = {"content-type": "application/xml"}
        made = await client.post("/people", content=encode_xml({"person": {"name": "Di & Co"}}), headers=kind)
        assert decode_xml(made.content)["person"]["name"] == "Di & Co"
        for content, headers, code in (
            (b"<person>", kind, "invalid_json"),
            (b"<person/>", {"content-type": "application/json"}, "media_type"),
            (encode_xml({"person": {"colour": "red"}}), kind, "unknown_field"),
        ):
            refused = await client.post("/people", content=content, headers=headers)
            assert (refused.status_code >= 400, decode_xml(refused.content)["error"]["_code"]) == (True, code)
        client.headers["authorization"] = "Bearer other"
        assert decode_xml((await client.get("/people")).content)["error"]["_code"] == "invalid_credentials"


KEYSET = TEXT.replace(
    "  pages: {kind: page",
    "  keys: {kind: keyset, at: after, size: first, default: 7, max: 9, otherwise: pages}\n  pages: {kind: page",
).replace('"total": $total}', '"total": $total, "last": $last, "before": $previous_url}')


@asynccontextmanager
async def run(folder, clock, text) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox({"shelf": loaded(folder, text)}, clock=clock)
    headers = {"authorization": "Bearer demo-shelf"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf", headers=headers
    ) as client:
        yield client


@pytest.mark.parametrize("order", ["title", "-title", "updated"])
async def test_positions_made_of_the_order_stay_while_records_change(tmp_path, clock, order):
    async with run(tmp_path, clock, KEYSET) as client:
        page = (await client.get(f"/v1/books?order={order}&first=9")).json()
        seen = [one["id"] for one in page["books"]]
        await client.delete(f"/v1/books/{seen[0]}")
        await client.delete(f"/v1/books/{seen[-1]}")
        while page["next_page"]:
            assert page["last"] == page["next_page"]
            page = (await client.get(f"/v1/books?order={order}&first=9&after={page['next_page']}")).json()
            seen += [one["id"] for one in page["books"]]
        assert sorted(seen) == [*range(9000, 9040)]
        assert page["last"] is not None
        beyond = (await client.get(f"/v1/books?order={order}&after={page['last']}")).json()
        assert (beyond["books"], beyond["last"]) == ([], page["last"])
        for wrong in ("x", page["last"][:-4], opaque(offset=3), opaque(keys=[1])):
            refused = await client.get(f"/v1/books?order={order}&after={wrong}")
            assert (refused.status_code, refused.json()["error"]["field"]) == (400, "after")


async def test_a_paging_without_its_arguments_gives_way_to_another(tmp_path, clock):
    async with run(tmp_path, clock, KEYSET) as client:
        numbered = (await client.get("/v1/books?page=2")).json()
        assert (len(numbered["books"]), numbered["next_page"], numbered["last"]) == (20, None, None)
        assert numbered["before"] == "http://sandbox/shelf/v1/books?page=1"
        assert (await client.get("/v1/books")).json()["next_page"] == 2
        assert (await client.get("/v1/books")).json()["before"] is None


MORE = (
    TEXT.replace("list: |", "endings: [.json]\nlist: |", 1)
    .replace(
        "routes:\n",
        """  states:
    id: {field: name, kind: text}
    derived: |
      [$each($rows("books"){state: $count($)}, function($count, $name) { {"name": $name, "count": $count} })]
routes:
  GET /v1/states: {list: states}
  GET /v1/states/{id}: {get: states}
""",
        1,
    )
    .replace("    created: created\n", "    created: created\n    private: [reader_id]\n")
    .replace(
        "      state: state\n",
        "      state: state\n      q: {language: zendesk, fields: {text: title, place: state, reader: reader.name, updated: updated}}\n",
    )
    .replace("    list: books\n", '    list: books\n    check: \'$query.page = "9" ? $refuse("conflict", "nine")\'\n')
)


async def test_records_may_follow_from_others(tmp_path, clock):
    async with run(tmp_path, clock, MORE) as client:
        assert (await client.get("/v1/states")).json()["books"] == [{"name": "out", "count": 10}, {"name": "in", "count": 30}]
        await client.delete("/v1/books/9000")
        assert (await client.get("/v1/states/out")).json() == {"name": "out", "count": 9}
        assert (await client.get("/v1/states/lost")).status_code == 404


async def test_a_private_field_is_seen_by_expressions_alone(tmp_path, clock):
    async with run(tmp_path, clock, MORE) as client:
        shown = (await client.get("/v1/books/9000")).json()
        assert shown["reader"]["id"] == 1
        assert "reader_id" not in shown


async def test_a_check_refuses_and_paths_may_have_an_ending(tmp_path, clock):
    async with run(tmp_path, clock, MORE) as client:
        refused = await client.get("/v1/books.json?page=9")
        assert (refused.status_code, refused.json()["error"]["message"]) == (409, "nine")
        assert (await client.get("/v1/books/9000.json")).json() == (await client.get("/v1/books/9000")).json()


async def test_a_language_may_have_its_own_fields(tmp_path, clock):
    async with run(tmp_path, clock, MORE) as client:
        books = (await client.get("/v1/books", params={"q": "place:out -place:lost"})).json()["books"]
        assert {one["state"] for one in books} == {"out"}
        assert (await client.get("/v1/books", params={"q": "state:out"})).json()["error"]["code"] == "invalid_query"


SEVERAL = """
  GET /v1/all/{kind}:
    list: $path.kind
    arguments: '{"size": $lookup($headers, "x-size"), "page": 1}'
    show: $exactly($, ["id", "pages"])
    wrap: '{"rows": $items, "kept": $rows("found")}'
    also:
      - create: found
        when: $more
        set: '{"of": $path.kind, "ids": $found.id}'
  GET /v1/all/{kind}/{key}:
    get: $path.kind
    id: $substringAfter($path.key, "no-")
  POST /v1/lend/{id}:
    ignores: [tag]
    answer: '{"given": $json($body.note), "asked": $every.tag}'
    also:
      - create: $each.of
        each: |
          [{"of": "books", "id": $number($path.id), "title": "Lent"}, {"of": "readers", "id": 99, "name": "Ada"}]
        set: $sift($each, function($value, $name) { $name != "of" })
  POST /v1/batch: &batch
    create: $body.kind
    each: entries
    take: $sift($, function($value, $name) { $name != "kind" })
    show: '{"id": id}'
    refused: '{"code": $code, "field": $field}'
    together: together = true
    wrap: '{"results": $items}'
  POST /v1/strict: {create: $body.kind, each: entries, take: '$sift($, function($value, $name) { $name != "kind" })'}
"""


@pytest.fixture
async def several(tmp_path, clock):
    text = TEXT.replace("routes:\n", "  found: {}\nroutes:" + SEVERAL)
    app = create_sandbox({"shelf": loaded(tmp_path, text)}, clock=clock)
    headers = {"authorization": "Bearer demo-shelf"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/shelf", headers=headers) as client:
        yield client


async def test_the_request_may_name_the_collection_and_where_its_arguments_are(several):
    books = (await several.get("/v1/all/books", headers={"x-size": "2"})).json()
    assert books["rows"] == [{"id": 9000, "pages": None}, {"id": 9001, "pages": None}]
    readers = (await several.get("/v1/all/readers", headers={"x-size": "50"})).json()
    assert len(readers["rows"]) == 12
    assert readers["kept"] == [{"id": 1, "of": "books", "ids": [*range(9000, 9040)]}]  # a list with more pages was kept
    assert (await several.get("/v1/all/books/no-9003")).json()["id"] == 9003
    for path in ("/v1/all/papers", "/v1/all/papers/no-1", "/v1/all/books/no-1"):
        answer = await several.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path


async def test_effects_may_name_their_collection_and_replace_a_record(several):
    answer = await several.post("/v1/lend/9003?tag=a&tag=b", json={"note": '{"until": 3}'})
    assert answer.json() == {"given": {"until": 3}, "asked": ["a", "b"]}
    assert (await several.post("/v1/lend/9003", json={"note": "{"})).json() == {}
    assert (await several.get("/v1/books/9003")).json()["title"] == "Lent"
    assert (await several.get("/v1/all/readers", headers={"x-size": "50"})).json()["rows"][-1] == {"id": 99, "pages": None}


GOOD, BAD, UNKNOWN = {"kind": "books", "title": "Emma"}, {"kind": "books", "state": "in"}, {"kind": "papers"}


@pytest.mark.parametrize(
    ("path", "body", "status", "results", "count"),
    [
        ("batch", {"entries": [GOOD, BAD]}, 200, [{"id": 9040}, {"code": "missing_field", "field": "title"}], 41),
        ("batch", {"entries": [UNKNOWN, GOOD]}, 200, [{"code": "not_found", "field": ""}, {"id": 9040}], 41),
        (
            "batch",
            {"entries": [GOOD, BAD], "together": True},
            200,
            [{"code": "rolled_back", "field": ""}, {"code": "missing_field", "field": "title"}],
            40,
        ),
        ("batch", {"entries": [GOOD, GOOD], "together": True}, 200, [{"id": 9040}, {"id": 9041}], 42),
        ("batch", {"entries": "all"}, 400, None, 40),
        ("strict", {"entries": [GOOD, BAD]}, 400, None, 40),
    ],
)
async def test_several_records_are_written_at_once(several, path, body, status, results, count):
    answer = await several.post(f"/v1/{path}", json=body)
    assert (answer.status_code, answer.json().get("results")) == (status, results), answer.text
    assert (await several.get("/v1/books")).json()["total"] == count
