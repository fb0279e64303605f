"""Answers are compressed where a caller accepts that, where it saves something, and where their size gives nothing away."""

import gzip
import json
import zlib

import pytest

from tests.routes import WEB_TABLE
from tests.security.world import open_world
from tests.world import open_client
from unified.api.middleware.compression import MIN_BYTES, accepts_gzip, compressed
from unified.api.middleware.request_layer import request_layer
from unified.service.access.sessions import sign_in


@pytest.fixture
async def served(tmp_path):
    async with open_world("sqlite", tmp_path) as world:
        app = world.client._transport.app
        async with open_client(app, world.ours.keys["admin"], raises=False) as client:
            yield world, client


async def raw(client, path, accepted="gzip", **headers):
    """An answer with its body as it was sent."""
    async with client.stream("GET", path, headers={"Accept-Encoding": accepted, **headers}) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


async def test_a_large_answer_is_compressed_and_the_same_when_it_is_read(served):
    world, client = served
    path = f"/crm/contacts?limit=20&account_id={world.ours.rows['accounts']['id']}"
    (plain, plain_body), (small, small_body) = await raw(client, path, "identity"), await raw(client, path)
    assert (plain.status_code, "content-encoding" in plain.headers) == (200, False)
    assert (small.headers["content-encoding"], int(small.headers["content-length"])) == ("gzip", len(small_body))
    assert json.loads(gzip.decompress(small_body))["data"] == json.loads(plain_body)["data"]
    assert len(small_body) < len(plain_body) / 3
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"
    assert {plain.headers["cache-control"], small.headers["cache-control"]} == {"no-store"}


async def test_what_is_the_same_for_all_is_compressed_and_small_answers_are_not(served):
    _, client = served
    for path in ("/openapi.json", "/docs/swagger-ui.css", "/ui/static/style.css"):
        answer, body = await raw(client, path)
        assert (answer.headers["content-encoding"], zlib.decompress(body, 31) != b"") == ("gzip", True), path
    answer, body = await raw(client, "/health")
    assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (False, "Accept-Encoding")
    assert len(body) < MIN_BYTES


SAME_FOR_ALL = {"/ui/static/{name:str}", "/embed.js"}


@pytest.mark.slow
async def test_no_page_is_compressed(served):
    """They hold a form's token, and some what stands in the address: their size must not tell of both together (BREACH)."""
    world, client = served
    session = await sign_in(world.services, world.ours.keys["admin"])
    sizes = []
    for page in [one for one in WEB_TABLE if "GET" in one.methods and one.path not in SAME_FOR_ALL]:
        path = page.path.replace("{id:str}", world.ours.rows["accounts"]["id"])
        for accept in ("text/html", "application/json"):
            cookie = {"Cookie": f"__Host-unified={session}", "Accept": accept}
            answer, body = await raw(client, path, Authorization="", **cookie)
            is_page = page.access == "session" or "html" in answer.headers.get("content-type", "")
            assert not (is_page and "content-encoding" in answer.headers), page.path
            sizes.append(len(body))
    assert max(sizes) > MIN_BYTES


def asked():
    """The scope of a request that accepts gzip."""
    return {"type": "http", "method": "GET", "raw_path": b"/x", "headers": [(b"accept-encoding", b"gzip")]}


async def test_a_stream_is_passed_on_part_by_part():
    sent = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        assert [one["type"] for one in sent] == ["http.response.start"], "before its first part"
        for number in range(3):
            await send({"type": "http.response.body", "body": b"x" * MIN_BYTES, "more_body": number < 2})
            assert len(sent) == number + 2

    async def send(message):
        sent.append(message)

    await request_layer(app)(asked(), None, send)
    assert not {b"vary", b"content-encoding"} & dict(sent[0]["headers"]).keys()
    assert b"".join(one["body"] for one in sent[1:]) == b"x" * MIN_BYTES * 3


@pytest.mark.parametrize(
    "header",
    [(b"etag", b'"1"'), (b"content-encoding", b"br"), (b"content-type", b"image/png"), (b"set-cookie", b"a=b")],
)
async def test_what_has_a_tag_or_a_coding_already_or_is_not_text_is_left_alone(header):
    sent = []

    async def app(_scope, _receive, send):
        given = dict([(b"content-type", b"application/json"), header])
        await send({"type": "http.response.start", "status": 200, "headers": list(given.items())})
        await send({"type": "http.response.body", "body": b"x" * 5000, "more_body": False})

    async def send(message):
        sent.append(message)

    await request_layer(app)(asked(), None, send)
    assert sent[1]["body"] == b"x" * 5000
    assert b"vary" not in dict(sent[0]["headers"])


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (b"gzip", True),
        (b"gzip, deflate, br, zstd", True),
        (b"br;q=1.0, GZIP;q=0.5", True),
        (b"x-gzip", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000, *", False),
        (b"*;q=0", False),
        (b"identity", False),
        (b"notgzip", False),
        (b"gzip;q=nonsense", False),
        (b"", False),
    ],
)
def test_accepted_encodings(header, accepted):
    assert accepts_gzip([(b"accept-encoding", header)]) is accepted


def test_a_compressed_body_is_always_the_same():
    assert compressed(b"a" * 2000) == compressed(b"a" * 2000)


@pytest.mark.parametrize("path", ["/api-keys", "/crm/contacts", "/proxy/crm/v3/objects/contacts"])
async def test_a_compressed_request_is_refused(served, path):
    world, client = served
    body = gzip.compress(b'{"name": "x"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    params = {"account_id": world.ours.rows["accounts"]["id"]} if path != "/api-keys" else {}
    answer = await client.post(path, content=body, params=params, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type"), answer.text
    assert "without compression" in answer.json()["detail"]
