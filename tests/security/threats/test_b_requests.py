"""B9, B10 and B14 to B18 through REST: bodies, accounts, cursors, what goes to a provider as it stands, and headers."""

from typing import Any

import msgspec
import pytest

from tests.security.threats.world import WatchedService
from tests.world import PROVIDERS

pytestmark = pytest.mark.slow

CONTACTS = "/crm/contacts"
JSON = {"Content-Type": "application/json"}
WIDE = {"fields": {"classes": ["none", "personal", "sensitive", "secret"]}}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


WRONG_IDS = ["7", "true", "null", '["7"]', '{"id": "7"}', "1.5", "1e999"]


@pytest.mark.parametrize("written", WRONG_IDS)
async def test_b9_an_id_that_is_not_text_is_refused_by_the_schema(world: WatchedService, written: str) -> None:
    items = [f'{{"op": "delete", "id": {written}}}', f'{{"op": "update", "id": {written}, "data": {{"title": "x"}}}}']
    for item in items:
        answer = await world.ask("POST", f"{CONTACTS}/batch", content=f'{{"items": [{item}]}}', headers=JSON)
        assert answer.status_code in {400, 422}, answer.text
    for name in ("account_id", "owner_id", "id"):
        if (name, written) == ("account_id", "null") or (name, written) == ("owner_id", "null"):
            continue  # clears the reference
        answer = await world.ask("PATCH", f"{CONTACTS}/1", content=f'{{"{name}": {written}}}', headers=JSON)
        assert answer.status_code in {400, 422}, answer.text
    assert world.wire.take() == []


async def test_b7_an_id_in_a_batch_is_bounded_and_not_empty(world: WatchedService) -> None:
    for one in ("", " ", "..", "a" * 257, "a" * 1_000_000, "a\x00"):
        body = msgspec.json.encode(
            {"items": [{"op": "delete", "id": one}, {"op": "update", "id": one, "data": {"title": "x"}}]}
        )
        answer = await world.ask("POST", f"{CONTACTS}/batch", content=body, headers=JSON)
        found = [result["status"] for result in answer.json()["results"]] if answer.status_code == 200 else [answer.status_code]
        assert set(found) <= {400, 413, 422}, answer.text[:500]
    assert world.wire.take() == []


async def test_b8_a_lone_surrogate_is_refused(world: WatchedService) -> None:
    items = b'{"items": [{"op": "delete", "id": "\\ud800"}]}'
    assert (await world.ask("POST", f"{CONTACTS}/batch", content=items, headers=JSON)).status_code in {400, 422}
    assert code(await world.ask("GET", f"{CONTACTS}/%ED%A0%80")) == (400, "malformed_request")
    assert world.wire.take() == []


async def test_b10_an_account_of_another_tenant_is_unknown_and_nothing_is_sent(world: WatchedService) -> None:
    theirs = world.two.theirs.rows["accounts"]["id"]
    for method, path, content in (
        ("GET", CONTACTS, None),
        ("GET", f"{CONTACTS}/1", None),
        ("POST", CONTACTS, b'{"last_name": "x"}'),
        ("DELETE", f"{CONTACTS}/1", None),
        ("GET", "/proxy/crm/v3/objects/contacts", None),
    ):
        answer = await world.ask(method, path, content=content, headers={**JSON, "Unified-Account": theirs})
        assert code(answer) == (404, "not_found")
        assert theirs not in answer.text
    assert world.wire.take() == []


async def test_b14_a_cursor_works_for_its_list_alone(world: WatchedService) -> None:
    cursor = (await world.ask("GET", f"{CONTACTS}?limit=1")).json()["next_cursor"]
    jira = (await world.ask("GET", "/ticketing/tickets?limit=1", "jira")).json()["next_cursor"]
    world.wire.take()
    changed = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(0, len(cursor), 7)]
    wrong = [
        *changed,
        cursor[:-1],
        cursor[: len(cursor) // 2],
        cursor[1:],
        cursor + "A",
        cursor * 2,
        jira,
        "x",
        "=",
        "%00",
        "A" * 50_000,
    ]
    for one in wrong:
        assert code(await world.ask("GET", f"{CONTACTS}?limit=1&cursor={one}"))[0] in {400, 422}, one[:200]
    for query in ("filter[email]=x", "updated_after=2026-01-01", "sort=updated_at", "search=x", "remote_query[a]=b"):
        answer = await world.ask("GET", f"{CONTACTS}?limit=1&{query}&cursor={cursor}")
        assert code(answer) == (400, "invalid_cursor"), query
    for path, provider in (("/crm/accounts", "hubspot"), (CONTACTS, "salesforce"), ("/crm/leads", "hubspot")):
        assert code(await world.ask("GET", f"{path}?limit=1&cursor={cursor}", provider)) == (400, "invalid_cursor")
    theirs = {"Unified-Account": world.two.theirs.rows["accounts"]["id"]}
    answer = await world.ask("GET", f"{CONTACTS}?limit=1&cursor={cursor}", key=world.two.theirs.keys["app"], headers=theirs)
    assert code(answer) == (400, "invalid_cursor")
    assert world.wire.take() == []
    assert (await world.ask("GET", f"{CONTACTS}?limit=1&cursor={cursor}")).status_code == 200


LIMITED = [{"models": ["crm.contacts", "crm.engagements"]}, {"tags": ["crm"]}]


@pytest.mark.parametrize("limit", LIMITED)
async def test_b15_unchanged_requests_to_the_provider_need_a_key_without_limits(
    world: WatchedService, limit: dict[str, Any]
) -> None:
    """With Salesforce's bulk call such a body could write any object, whatever the model of the path is."""
    key = await world.key(**limit, **WIDE, methods=["read", "write"], writes="direct")
    other = {"records": [{"attributes": {"type": "Account"}, "Name": "x"}]}
    bodies = [
        ("POST", "/crm/engagements", {"type": "meeting", "subject": "x", "remote_fields": other}),
        ("PATCH", f"{CONTACTS}/1", {"title": "x", "remote_fields": {"AccountId": "1"}}),
    ]
    for method, path, body in bodies:
        answer = await world.ask(method, path, "salesforce", key=key, content=msgspec.json.encode(body), headers=JSON)
        assert code(answer) == (403, "outside_models"), answer.text
    for path in (f"{CONTACTS}?remote_query[q]=x", f"{CONTACTS}/1?remote_query[q]=x", "/proxy/query?q=SELECT+Id+FROM+User"):
        answer = await world.ask("GET", path, "salesforce", key=key)
        assert answer.status_code in {403, 422}, answer.text
    assert world.wire.take() == []


@pytest.mark.parametrize("name", ["_method", "_METHOD", "http_method", "X-HTTP-Method-Override"])
async def test_b15_b16_no_parameter_of_a_read_makes_it_another_method(world: WatchedService, name: str) -> None:
    for provider, path in (("hubspot", CONTACTS), ("zendesk", "/ticketing/tickets")):
        for below in ("", "/1"):
            answer = await world.ask("GET", f"{path}{below}?remote_query[{name}]=DELETE", provider)
            assert answer.status_code == 422, answer.text
            assert answer.json()["code"] == "validation_failed"
    assert world.wire.take() == []


PATHS = [
    "..%2fadmin",
    "%2e%2e/x",
    "a/%252e%252e/b",
    "a/..;/b",
    "a%5C..%5Cb",
    "%2Fevil.test/x",
    "a%0d%0aX-Evil:1",
    "a%00",
    "a%7fb",
    "%",
]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_b15_a_path_of_the_pass_through_stays_below_the_providers_base(world: WatchedService, provider: str) -> None:
    await world.ask("GET", "/proxy/x", provider)
    prefix = world.wire.take()[0].url.raw_path.decode().removesuffix("x")
    for path in PATHS:
        answer = await world.ask("GET", f"/proxy/{path}", provider)
        assert answer.status_code in {400, 404}, path
        for one in world.wire.take():
            assert one.url.raw_path.decode().startswith(prefix), path
            assert ".." not in one.url.path
    encoded = {"a%2Fb": "a/b", "https:%2F%2Fevil.test": "https://evil.test"}
    for path in ("a/b", "a/b%2Fc", "a/https:%2F%2Fevil.test", *encoded):
        await world.ask("GET", f"/proxy/{path}", provider)
        (one,) = world.wire.take()
        assert (one.url.host, one.url.raw_path.decode()) == ("127.0.0.1", prefix + encoded.get(path, path))


async def test_b15_the_method_that_leaves_decides(world: WatchedService) -> None:
    reader = await world.key(**WIDE, methods=["read"])
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await world.ask(method, "/proxy/crm/v3/objects/contacts/1", key=reader)
        assert code(answer) == (403, "method_not_allowed_by_scope")
    batch = await world.ask("POST", "/proxy/crm/v3/objects/contacts/batch/read", key=reader, content=b"{}", headers=JSON)
    assert code(batch) == (403, "method_not_allowed_by_scope")
    assert world.wire.take() == []
    assert (await world.ask("GET", "/proxy/crm/v3/objects/contacts", key=reader)).status_code == 200


KEPT_BACK = (
    "Host", "Authorization", "Cookie", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via",
    "Transfer-Encoding", "Proxy-Authorization", "Proxy-Connection", "Connection", "TE", "Trailer", "Upgrade", "Expect", "Origin",
    "Referer", "User-Agent", "X-Api-Key", "traceparent", "baggage", "Unified-Account", "Idempotency-Key", "Accept-Encoding",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/proxy/crm/v3/objects/contacts", CONTACTS])
async def test_b17_headers_of_the_caller_stay_here(world: WatchedService, path: str) -> None:
    key = world.ours.keys["admin"]
    account = world.accounts["hubspot"]
    planted = {name: "planted-value" for name in KEPT_BACK if name not in {"Authorization", "Unified-Account", "Host"}}
    answer = await world.ask("GET", f"{path}?limit=1", headers={**planted, "Host": "planted-value"})
    assert answer.status_code in {200, 400, 421}, answer.text
    answer = await world.ask("GET", f"{path}?limit=1", headers=planted)
    assert answer.status_code == 200, answer.text
    left = world.wire.take()
    assert left
    for one in left:
        sent = {name.lower(): value for name, value in one.headers.items()}
        assert not [name for name, value in sent.items() if "planted" in value or key in value or account in value]
        assert sent["host"] == "127.0.0.1:9"


HEADERS = (
    "Unified-Account",
    "Idempotency-Key",
    "Authorization",
    "Accept",
    "Accept-Language",
    "If-Match",
    "Prefer",
    "Content-Type",
)
VALUES = {
    "not ascii": "w\u00ebrt".encode(),
    "latin-1": "w\u00ebrt".encode("latin-1"),
    "8 kB and one": b"a" * 8_193,
    "100 kB": b"a" * 100_000,
    "control": b"a\x01b",
    "tab": b"a\tb",
    "spaces around": b"  a  ",
    "empty": b"",
    "only spaces": b"   ",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
async def test_b18_no_value_of_a_header_causes_an_internal_error(world: WatchedService, value: bytes) -> None:
    bearer = f"Bearer {world.ours.keys['admin']}".encode()
    for name in HEADERS:
        for method, path in (("GET", f"{CONTACTS}?limit=1"), ("GET", "/proxy/crm/v3/objects/contacts"), ("POST", CONTACTS)):
            usual = {
                b"authorization": bearer,
                b"unified-account": world.accounts["hubspot"].encode(),
                b"content-type": b"application/json",
            }
            headers = [*{**usual, name.lower().encode(): value}.items()]
            answer = await world.two.client.request(method, path, headers=headers, content=b"{}" if method == "POST" else b"")
            assert answer.status_code < 500, f"{name} {method} {path}: {answer.text}"
            for one in world.wire.take():
                assert all(each.isascii() and each == each.strip() and len(each) <= 8_192 for each in one.headers.values())


async def test_b18_spaces_around_a_value_are_trimmed(world: WatchedService) -> None:
    await world.ask("GET", "/proxy/crm/v3/objects/contacts", headers={"If-None-Match": '   "a"  '})
    (one,) = world.wire.take()
    assert one.headers["if-none-match"] == '"a"'
