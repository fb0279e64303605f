"""Stand-ins as data: where routes are reached, which record they are about, and what pages and times are bound to."""

import httpx2
import pytest

from tests.unit.sandbox.test_described import loaded
from unified.errors.configuration import CatalogError
from unified_sandbox.app import create_sandbox

BOARD = """\
docs: https://board.example.com/docs
credentials: [{type: bearer, token: t}]
accepts: [{type: bearer}]
limit: {requests: 3, window_s: 60, refused: {Retry-After: "5"}}
moments: zoned
zone: Europe/Berlin
prefixes: [/v1, "/sites/{site}/v1"]
errors: |
  {"code": $code, "message": $message, "field": $field}
paging:
  tokens: {kind: cursor, at: token, size: size, default: 2, max: 9, same: q}
list: |
  {"rows": $items, "next": $next}
collections:
  cards:
    records: [{id: 1, key: A, due: null}, {id: 2, key: B, due: null}, {id: 3, key: AB, due: null}]
    fields: {key: text, due: any}
    created: made
  notes: {records: [{id: 7, card: 1, secret: x}, {id: 8, card: 2, secret: y}]}
define:
  card: |
    function($key) { $find("cards", "key", $key)[0].id }
routes:
  GET /cards: {list: cards, filters: {q: {field: key, operator: contains}}}
  POST /cards: {create: cards}
  GET /cards/{key}: {get: cards, id: $card($path.key), where: key != "AB"}
  GET /cards/{key}/notes:
    list: notes
    parents: {cards: $card($path.key)}
    where: card = $parent.id
    show: $omit($, "secret")
    wrap: '{"key": $only($parent, ["key", "colour"]), "rows": $items}'
"""


@pytest.fixture
async def board(tmp_path, clock):
    app = create_sandbox({"shelf": loaded(tmp_path, BOARD)}, clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        client.headers["authorization"] = "Bearer t"
        yield client


async def test_every_route_is_reached_under_each_prefix_and_nowhere_else(board):
    here, there = [(await board.get(f"{prefix}/cards/B")).json() for prefix in ("/v1", "/sites/s1/v1")]
    assert here == there == {"id": 2, "key": "B", "due": None}
    assert (await board.get("/cards/B")).status_code == 404


async def test_a_record_is_found_by_an_expression_of_its_id_among_those_that_the_route_reaches(board):
    assert (await board.get("/v1/cards/A")).json()["id"] == 1
    for key in ("AB", "C"):
        assert (await board.get(f"/v1/cards/{key}")).status_code == 404


async def test_expressions_see_the_record_above(board):
    assert (await board.get("/v1/cards/B/notes")).json() == {"key": {"key": "B"}, "rows": [{"id": 8, "card": 2}]}
    assert (await board.get("/v1/cards/C/notes")).status_code == 404


async def test_a_position_is_valid_only_with_the_same_argument(board):
    first = (await board.get("/v1/cards?q=A&size=1")).json()
    assert [one["key"] for one in first["rows"]] == ["A"]
    second = (await board.get("/v1/cards", params={"q": "A", "token": first["next"]})).json()
    assert ([one["key"] for one in second["rows"]], second["next"]) == (["AB"], None)
    for params in ({"q": "B"}, {}):
        refused = await board.get("/v1/cards", params={**params, "token": first["next"]})
        assert (refused.status_code, refused.json()["field"]) == (400, "token")


async def test_moments_are_written_in_the_zone_of_the_file(board, clock):
    assert (await board.post("/v1/cards", json={"key": "D"})).json()["made"] == "2026-11-02T13:00:00.000+0100"
    clock.forward(seconds=-30 * 86_400)
    assert (await board.post("/v1/cards", json={"key": "E"})).json()["made"] == "2026-10-03T14:00:00.000+0200"


async def test_an_invalid_zone_is_refused(tmp_path):
    with pytest.raises(CatalogError, match=r"shelf\.sandbox\.yaml:6:7: expected a time zone .* got `Berlin`"):
        loaded(tmp_path, BOARD.replace("Europe/Berlin", "Berlin"))


async def test_a_refusal_over_the_limit_has_its_own_headers(tmp_path, clock):
    app = create_sandbox({"shelf": loaded(tmp_path, BOARD)}, clock=clock, enforce_limits=True)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/shelf") as client:
        client.headers["authorization"] = "Bearer t"
        answers = [await client.get("/v1/cards") for _ in range(4)]
    assert [(one.status_code, one.headers.get("retry-after")) for one in answers] == [(200, None)] * 3 + [(429, "5")]
