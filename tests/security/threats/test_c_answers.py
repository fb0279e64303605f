"""C5 to C12, C16 and C17 through REST: whatever a provider answers, the caller gets a stable code or a record, nobody else anything."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest

from tests.conformance.subjects import Subject, mapping, parents, scenario, subjects
from tests.security.threats.world import WatchedService
from tests.world import PROVIDERS
from unified.catalog.authentication import ClientCredentials
from unified.errors.error import USUAL_WAIT_SECONDS
from unified.errors.providers import MappingFailed
from unified.errors.requests import MalformedRequest
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.check_request import check_request
from unified.text.xml_text import decode_xml, encode_xml
from unified.transform.calls.path import names_in
from unified.transform.queries.query import Query
from unified.transport.connection import fill_settings
from unified.transport.resilience.breaker import Breaker
from unified_sandbox.registry import discover

pytestmark = pytest.mark.slow


def _plain_list(provider: str) -> tuple[str, str]:
    """The first list of a provider that is one call without conditions, and how the path of that call ends."""
    for one in subjects("list"):
        last = mapping(one).lists[-1]
        named = [name for name in names_in(last.path) if not name.startswith("settings.")]
        if one.provider == provider and last.path and not (parents(one) or named or last.before or last.parent):
            return "/" + one.model.replace(".", "/"), last.path.rpartition("}")[2]
    raise AssertionError(f"{provider} has no list without conditions")


LISTS = {provider: _plain_list(provider) for provider in PROVIDERS}
"""A list of each provider, and how the path of its call ends."""
CANARY = "planted-in-the-answer"
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


def answering(content: bytes, status: int = 200, headers: Any = None) -> Callable[[httpx2.Request], httpx2.Response]:
    """An answer of these bytes to every call."""
    return lambda _: httpx2.Response(status, content=content, headers=headers or {"Content-Type": "application/json"})


MALFORMED = {
    "100,000 levels": b'{"results": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a million digits": b'{"results": [{"id": ' + b"1" * 1_000_000 + b"}]}",
    "NaN": b'{"results": [{"id": NaN, "x": "planted-in-the-answer"}]}',
    "1e999": b'{"results": [{"id": 1e999, "x": "planted-in-the-answer"}]}',
    "lone surrogate": b'{"results": [{"id": "\\ud800 planted-in-the-answer"}]}',
    "UTF-16": '{"results": [{"id": "planted-in-the-answer"}]}'.encode("utf-16"),
    "HTML with 200": b"<!doctype html><title>planted-in-the-answer</title>",
    "empty with 200": b"",
    "null": b"null",
    "text": b'"planted-in-the-answer"',
    "a number": b"17",
    "cut": b'{"results": [{"id": "planted-in-the-answer',
    "two values": b'{"results": []}{"x": "planted-in-the-answer"}',
}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_c5_a_body_that_cannot_be_read_is_malformed(world: WatchedService, caplog, capsys, provider: str) -> None:
    path, _ = LISTS[provider]
    for name, body in MALFORMED.items():
        world.wire.answer = answering(body)
        answer = await world.ask("GET", f"{path}?limit=1", provider)
        assert (answer.status_code, answer.json()["code"]) == (502, "provider_malformed"), f"{name}: {answer.text}"
        assert CANARY not in answer.text + caplog.text + "".join(capsys.readouterr()), name
        world.wire.answer = None
        assert (await world.ask("GET", f"{path}?limit=1", provider)).status_code == 200, name


async def test_c5_a_byte_order_mark_is_passed_over_and_the_last_of_equal_keys_holds(world: WatchedService) -> None:
    body = b'\xef\xbb\xbf{"tickets": [], "tickets": [{"id": 1, "id": 2, "created_at": "2026-01-01T00:00:00Z"}]}'
    world.wire.answer = answering(body)
    answer = await world.ask("GET", "/ticketing/tickets?limit=1", "zendesk")
    assert [one["id"] for one in answer.json()["data"]] == ["2"]


BIG = (2**53 + 1, 2**63, 2**64 + 1, 10**30 + 7, -(2**64) - 1)


@pytest.mark.parametrize("number", BIG)
async def test_c6_whole_numbers_stay_exact(world: WatchedService, number: int) -> None:
    listed = {
        "zendesk": ("/ticketing/tickets", b'{"tickets": [{"id": %d, "requester_id": %d}]}'),
        "jira": ("/ticketing/ticket_types", b'[{"id": %d, "name": "x"}]'),
        "hubspot": ("/crm/contacts", b'{"results": [{"id": %d, "properties": {"hubspot_owner_id": %d}}]}'),
        "bamboohr": ("/hris/time_off_policies", b'{"timeOffTypes": [{"id": %d, "name": "x"}]}'),
    }
    for provider, (path, body) in listed.items():
        world.wire.answer = answering(body.replace(b"%d", str(number).encode()))
        answer = await world.ask("GET", f"{path}?limit=1", provider)
        assert answer.status_code == 200, f"{provider}: {answer.text}"
        (record,) = answer.json()["data"]
        assert (record["id"], record["remote_id"]) == (str(number), str(number)), provider
    assert record is not None


def secrets_of(provider: str) -> list[str]:
    """What an account's credentials hold, as it is."""
    given = discover()[provider].demo_credentials[0]
    return [
        str(one)
        for name, one in given.items()
        if name not in {"type", "username", "client_id", "refresh_token"} and len(str(one)) > 3
    ]


STATUSES = (400, 401, 403, 404, 409, 412, 422, 429, 500, 502, 503, 504)
STACK = "Traceback (most recent call last): File /srv/app.py, line 7, in find"


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_c7_the_text_of_an_error_is_only_in_its_answer_and_redacted(
    world: WatchedService, caplog, capsys, provider: str
) -> None:
    path, _ = LISTS[provider]
    secrets = secrets_of(provider)
    assert secrets
    words = f"{' '.join(secrets)} ada.lovelace@planted.example {CANARY}"
    body = {
        "message": words,
        "error": words,
        "errors": [{"message": words, "detail": words}],
        "errorMessages": [words],
        "description": words,
    }
    texts = []
    for status in STATUSES:
        for content, headers in ((msgspec.json.encode(body), None), (f"<pre>{STACK} {words}</pre>".encode(), HTML)):
            world.wire.answer = answering(
                content, status, {"Content-Type": "application/json", "X-Bamboohr-Error-Message": words, **(headers or {})}
            )
            texts.append((await world.ask("GET", f"{path}?limit=1", provider)).text)
    logged = caplog.text + "".join(capsys.readouterr())
    stored = repr(await world.two.dump())
    for secret in secrets:
        assert not [text for text in texts if secret in text]
    assert not [text for text in texts if "ada.lovelace" in text or STACK in text]
    for word in (*secrets, "ada.lovelace", CANARY, "Traceback"):
        assert word not in logged
        assert word not in stored


CODES = {
    400: (422, "provider_validation"),
    401: (424, "connection_unauthorized"),
    403: (403, "provider_forbidden"),
    404: (404, "not_found"),
    409: (409, "conflict"),
    412: (409, "conflict"),
    422: (422, "provider_validation"),
    429: (429, "provider_rate_limited"),
    500: (502, "provider_error"),
    502: (502, "provider_error"),
    503: (502, "provider_error"),
    504: (504, "provider_timeout"),
}
OWN_CODES = {("bamboohr", 503): (429, "provider_rate_limited")}
"""Where a provider file says that a status means something else."""
WAITS = {
    "0": 1.0, "7": 7.0, "120": 120.0, "-5": USUAL_WAIT_SECONDS, "315360000": 86400.0, "Fri, 01 Jan 2100 00:00:00 GMT": 86400.0,
    "Fri, 01 Jan 1999 00:00:00 GMT": USUAL_WAIT_SECONDS, "garbage": USUAL_WAIT_SECONDS, "": USUAL_WAIT_SECONDS, "9" * 400: 86400.0, "\u0663": USUAL_WAIT_SECONDS,
}  # fmt: skip
"""Retry-After and the wait that is told: at least a second, at most a day, ours for what is no wait."""
SAFE_TO_REPEAT = {429, 502, 503, 504}


async def tries(world: WatchedService, status: int, provider: str = "hubspot") -> list[Any]:
    """What was sent of the call itself.

    After a 401 the check request follows once, or the request of another token, and gives the account up: it is taken back.
    """
    sent = world.wire.take()
    if status != 401:
        return sent
    services, account = world.two.services, world.accounts[provider]
    row = await update_account(services, world.ours.id, account, AccountPatch(status="active"))
    rules = services.catalog.provider(row.provider)
    settings = dict(discover()[rules.name].demo_settings)
    tokens = (fill_settings(one.token_url, settings) for one in rules.auth if isinstance(one, ClientCredentials))
    assert sent[-1].url.path.endswith((check_request(rules, settings).path, *(urlsplit(one).path for one in tokens)))
    return sent[:-1]


class TestStatuses:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {"request_deadline": 3.0}

    @pytest.mark.parametrize("provider", PROVIDERS)
    async def test_c8_every_status_has_its_code(self, world: WatchedService, provider: str) -> None:
        path, _ = LISTS[provider]
        for status, usual in CODES.items():
            world.two.services.client.breaker = Breaker()
            world.wire.answer = answering(b"{}", status, {"Retry-After": "90"})
            answer = await world.ask("GET", f"{path}?limit=1", provider)
            assert (answer.status_code, answer.json()["code"]) == OWN_CODES.get((provider, status), usual)
            assert len(await tries(world, status, provider)) == 1, f"{status}: 90 s are not within the deadline"

    async def test_c8_a_write_is_never_sent_again(self, world: WatchedService) -> None:
        for status, usual in CODES.items():
            world.two.services.client.breaker = Breaker()
            world.wire.answer = answering(b"{}", status, {"Retry-After": "0"})
            answer = await world.ask("POST", "/crm/contacts", content=b'{"last_name": "x"}', headers=JSON)
            assert (answer.status_code, answer.json()["code"]) == usual
            assert [one.method for one in await tries(world, status)] == ["POST"]

    @pytest.mark.parametrize("status", CODES)
    async def test_c8_a_read_is_sent_again_where_that_is_worth_it(self, world: WatchedService, status: int) -> None:
        world.wire.answer = answering(b"{}", status, {"Retry-After": "0"})
        await world.ask("GET", "/crm/contacts?limit=1")
        assert (len(await tries(world, status)) > 1) is (status in SAFE_TO_REPEAT)

    async def test_c8_a_valid_wait_is_reported(self, world: WatchedService) -> None:
        for wait, told in WAITS.items():
            world.two.services.client.breaker = Breaker()
            world.wire.answer = answering(b"{}", 429, [(b"Retry-After", wait.encode())])
            answer = await world.ask("DELETE", "/crm/contacts/1")
            assert (answer.status_code, answer.json()["code"]) == (429, "provider_rate_limited")
            assert answer.json()["retry_after"] == told, wait

    async def test_c9_no_redirect_is_followed(self, world: WatchedService) -> None:
        headers = {
            "Location": "https://evil.test/",
            "Refresh": "0; url=https://evil.test/",
            "Link": '<https://evil.test/>; rel="next"',
        }
        for status in (300, 301, 302, 303, 304, 305, 307, 308, 399):
            world.wire.answer = answering(b"", status, headers)
            for path in ("/crm/contacts?limit=1", "/crm/contacts/1"):
                answer = await world.ask("GET", path)
                assert (answer.status_code, answer.json()["code"]) == (502, "provider_error"), status
                asked = world.wire.take()
                assert asked
                assert {one.url.host for one in asked} == {"127.0.0.1"}


async def test_c10_a_list_whose_next_page_is_the_same_is_stopped(world: WatchedService) -> None:
    loops = {
        "hubspot": b'{"results": [], "paging": {"next": {"after": "7"}}}',
        "jira": b'{"issues": [], "nextPageToken": "7"}',
        "salesforce": b'{"records": [], "done": false, "nextRecordsUrl": "/services/data/v62.0/query/7"}',
        "zendesk": b'{"tickets": [], "meta": {"has_more": true, "after_cursor": "7"}, "links": {"next": "http://127.0.0.1:9/zendesk/api/v2/tickets?page[after]=7"}}',
    }
    for provider, body in loops.items():
        path = "/crm/contacts" if provider == "hubspot" else LISTS[provider][0]  # its plain lists are not paged
        world.wire.answer = answering(body)
        answer = await world.ask("GET", f"{path}?limit=5", provider)
        for _ in range(10):
            if answer.status_code != 200 or answer.json()["next_cursor"] is None:
                break
            answer = await world.ask("GET", f"{path}?limit=5&cursor={answer.json()['next_cursor']}", provider)
        assert (answer.status_code, answer.json().get("code")) == (502, "provider_malformed"), f"{provider}: {answer.text}"
        assert len(world.wire.take()) < 30


LARGE = {
    "10,000 fields": {f"own_{n}": "x" * 20 for n in range(10_000)},
    "1 MB of text": {"own": "x" * 1_000_000},
    "100,000 entries": {"own": ["x"] * 100_000},
    "100,000 objects": {"own": [{}] * 100_000},
}


@pytest.mark.parametrize("fields", LARGE.values(), ids=LARGE.keys())
async def test_c11_a_large_record_is_given_whole_and_the_page_is_bounded(world: WatchedService, fields: dict[str, Any]) -> None:
    one = {"id": "1", "properties": {"firstname": "Ada", **fields}}
    world.wire.answer = answering(msgspec.json.encode({"results": [one]}))
    answer = await world.ask("GET", "/crm/contacts?limit=1")
    assert answer.status_code == 200, answer.text[:300]
    (record,) = answer.json()["data"]
    assert (record["first_name"], record["custom_fields"].keys()) == ("Ada", fields.keys())
    world.wire.answer = answering(msgspec.json.encode({"results": [one] * 30}))
    answer = await world.ask("GET", "/crm/contacts?limit=3")
    assert answer.status_code in {200, 502}
    assert answer.status_code == 502 or len(answer.json()["data"]) == 3


ENVELOPE = (
    "untrusted",
    "_meta",
    "resultType",
    "structuredContent",
    "data",
    "meta",
    "next_cursor",
    "errors",
    "code",
    "isError",
    "id",
    "truncated",
)


async def test_c16_fields_named_as_an_envelope_are_data(world: WatchedService) -> None:
    named = {name: f"value of {name}" for name in ENVELOPE if name != "id"}
    body = {"results": [{"id": "1", "properties": named, **named}], **dict.fromkeys(named, "x")}
    world.wire.answer = answering(msgspec.json.encode(body))
    answer = (await world.ask("GET", "/crm/contacts?limit=1")).json()
    assert answer.keys() == {"data", "next_cursor", "meta"}
    assert answer["meta"] == {"provider": "hubspot", "model": "crm.contacts", "warnings": []}
    assert answer["next_cursor"] is None
    (record,) = answer["data"]
    assert list(record) == [one.name for one in mapping(Subject(provider="hubspot", model="crm.contacts")).model.fields]
    assert record["custom_fields"] == named


WRONG: tuple[Any, ...] = (None, True, 0, -1.5, "", "text", [], {}, ["text"], {"a": 1}, [[1]], [None], "9" * 400, 10**400)


def damaged(value: Any) -> Iterator[Any]:
    """Copies of a JSON value, each with one part of another type than it had."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ({**value, name: wrong} for wrong in WRONG)
            yield from ({**value, name: inner} for inner in damaged(one))
        yield {}
    elif isinstance(value, list) and value:
        yield from ([wrong, *value[1:]] for wrong in WRONG)
        yield from ([inner, *value[1:]] for inner in damaged(value[0]))


MOST = 250
"""Damages tried of one record. Neighbours differ by the type alone, so that all types and most places have their turn."""


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_c12_a_value_of_another_type_is_mapped_or_refused_by_name(world: WatchedService, provider: str) -> None:
    """Each part of a real record, however deep, is replaced by values of every other type."""
    for subject in (one for one in subjects("list") if one.provider == provider):
        shape = mapping(subject).shape(mapping(subject).lists[-1], Query())
        every = list(damaged(await one_raw(world, subject)))
        assert len(every) > 5 or subject.model == "ticketing.tags", subject
        for record in every[:: 1 + len(every) // MOST]:
            try:
                out = shape.record(record, {"account": {"id": "acc", "settings": {}, "country": None}, "query": {}})
            except MappingFailed:
                continue
            assert set(out) == {one.name for one in mapping(subject).model.fields}
            msgspec.json.encode(out)


async def one_raw(world: WatchedService, subject: Subject) -> Any:
    """A provider's object as its list gives it."""
    named = "/".join(
        ("", *subject.model.split("."), *(scenario(subject)["path"][one] for one in mapping(subject).model.path_parameters))
    )
    given = next((one for name, one in scenario(subject).items() if name.startswith("list") and one and "filter" in one), {})
    given = scenario(subject).get("list") or given
    query = {f"filter[{name}]": str(one) for name, one in given.get("filter", {}).items() if not isinstance(one, dict)}
    query |= {name: one for name, one in given.items() if name.startswith("filter[")}
    answer = await world.ask("GET", named, subject.provider, params={"limit": 1, "include_raw": "true", **query})
    assert answer.status_code == 200, answer.text
    seen = answer.json()["data"]
    assert seen, f"{subject}: the stand-in has none"
    return seen[0]["remote_data"]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_c12_through_rest_it_is_never_an_internal_error(world: WatchedService, provider: str) -> None:
    path, ending = LISTS[provider]
    seen: list[httpx2.Response] = []
    await world.ask("GET", f"{path}?limit=2", provider)
    last = [one for one in world.wire.take() if one.url.path.endswith(ending)][-1]
    real = await world.wire.handle_async_request(last)
    content = await real.aread()
    is_xml = content.startswith(b"<")
    every = list(damaged(decode_xml(content) if is_xml else json.loads(content)))
    for damage in every[:: 1 + len(every) // 60]:
        try:
            world.wire.answer = answering(encode_xml(damage) if is_xml else _written(damage))
        except MalformedRequest:
            continue  # no document can be so
        answer = await world.ask("GET", f"{path}?limit=2", provider)
        seen.append(answer)
        assert answer.status_code == 200 or answer.json()["code"] in {"provider_malformed", "mapping_failed"}, answer.text
    assert len(seen) > 10


def _written(value: Any) -> bytes:
    """The damaged body; the usual encoder does not take the largest numbers."""
    return json.dumps(value).encode() if "0" * 100 in json.dumps(value) else msgspec.json.encode(value)


HOSTILE = {
    "recursion": "($f := function($x){ $f($x + 1) + 1 }; $f(1))",
    "a thousand million items": "$count([1..1000000].[1..1000])",
    "a regex that goes back": '$match($pad("", 50000, "a") & "b", /^(a|aa)+(?=c)$/)',
    "a loop": "($f := function($x){ $f($x + 1) }; $f(1))",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
async def test_c17_only_the_request_of_a_hostile_expression_fails(world: WatchedService, monkeypatch, source: str) -> None:
    from unified_jsonata import compile as compiled

    contacts = world.two.services.catalog.compiled("hubspot", "crm.contacts")
    hostile = compiled(f'{{"id": id, "name": $string({source})}}')
    monkeypatch.setattr(contacts, "_shapes", msgspec.structs.replace(contacts._shapes, record=hostile, kept={}))
    answer = await world.ask("GET", "/crm/contacts?limit=1")
    assert (answer.status_code, answer.json()["code"]) == (502, "mapping_failed"), answer.text
    assert re.search(r"mappings/hubspot/crm.contacts.yaml:\d+: `record` failed: [A-Z]\d{4}", answer.json()["detail"])
    assert (await world.ask("GET", "/crm/accounts?limit=1")).status_code == 200
