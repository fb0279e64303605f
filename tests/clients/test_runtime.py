"""The parts of the Python client that do no I/O."""

import asyncio
import json
import math
import pickle
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any

import httpx2
import msgspec
import pytest
from standardwebhooks import Webhook

from tests.clients.conftest import SOURCE
from unified.errors.error import UnifiedError as Ours
from unified_client import (
    UNSET,
    Answer,
    ApprovalRequired,
    AsyncClient,
    Client,
    Options,
    Page,
    UnifiedError,
    WebhookRejected,
    crm,
    errors,
    management,
    verify_webhook,
)
from unified_client._attempts import bounded_wait, may_repeat
from unified_client._calls import Call, body_of, path_of, query_of, routed_path, settings_of
from unified_client._problems import local_problem, refusal_of, value_of
from unified_client.shared import EmailAddress

BASE, KEY = "https://unified.test/base/", "uk_secret"
NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
SECRET, SENT_AT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1_790_000_000


class Recorded:
    """A client whose requests are kept, and answered with one body."""

    def __init__(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.sent: list[httpx2.Request] = []
        self.reply = httpx2.Response(
            status, content=body if isinstance(body, bytes) else json.dumps(body).encode(), headers=headers
        )
        self.client = Client(BASE, KEY, max_retries=0, http=httpx2.Client(transport=httpx2.MockTransport(self._answer)))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        return httpx2.Response(self.reply.status_code, content=self.reply.content, headers=self.reply.headers)


def test_fields_in_the_place_of_options_are_refused_with_how_to_pass_them() -> None:
    recorded = Recorded({})
    account: Any = recorded.client.account("acc_1")
    for call in (lambda: account.crm.contacts.create({"first_name": "Ada"}), lambda: account.crm.contacts.get("1", {"a": 1})):
        with pytest.raises(TypeError, match=r"^options: expected Options; pass fields and parameters by name, .*; got dict$"):
            call()
    assert recorded.sent == []


def problem(code: str, status: int = 403, **more: Any) -> dict[str, Any]:
    return {"type": f"https://unified.invalid/errors/{code}", "code": code, "status": status, "detail": "d", **more}


def failure(status: int | None, *, retryable: bool, code: str = "x") -> UnifiedError:
    error = UnifiedError(local_problem(code, "d", None))
    error.status, error.retryable = status, retryable
    return error


def test_what_is_sent_again() -> None:
    expected = {
        # repeat → (no answer, 503 retryable, 502 retryable, 503 not retryable, 503 of a balancer)
        "always": (True, True, True, False, True),
        "answered": (False, True, True, False, False),
        "refused": (False, True, False, False, False),
        "never": (False, False, False, False, False),
    }
    failures = (
        failure(None, retryable=False),
        failure(503, retryable=True),
        failure(502, retryable=True),
        failure(503, retryable=False),
        failure(503, retryable=True, code="unexpected_answer"),
    )
    for repeat, wanted in expected.items():
        call = Call("POST", "/x", dict, repeat)  # type: ignore[arg-type]
        assert tuple(may_repeat(call, one) for one in failures) == wanted, repeat


def test_waits_have_jitter_and_are_bounded() -> None:
    random.seed(1)
    assert bounded_wait(61.0, 0, 60.0) is None
    asked = [bounded_wait(10.0, 0, 60.0) for _ in range(50)]
    assert all(10.0 <= one <= 11.0 for one in asked if one is not None)
    assert len(set(asked)) > 10
    for attempt in range(10):
        waits = [bounded_wait(None, attempt, 60.0) for _ in range(50)]
        longest = min(0.5 * 2**attempt, 8.0)
        assert all(longest / 2 <= one <= longest for one in waits if one is not None)
        assert len(set(waits)) > 10


def test_queries_are_written_as_the_api_reads_them() -> None:
    from unified.models import MODELS
    from unified.transform.queries.query_reading import query_from_pairs

    query = {
        "limit": 2,
        "cursor": None,
        "search": UNSET,
        "include_raw": True,
        "updated_after": datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1))),
        "fields": ["name", "emails"],
        "expand": "owner",
        "filter": {
            "last_name": "Ö&",
            "email": {"in": ["a@b.example", "c"], "contains": "@"},
            "created_at": {"gte": date(2026, 1, 1)},
        },
    }
    read = query_from_pairs(query_of(query), MODELS["crm.contacts"])
    assert (read.limit, read.cursor, read.search, read.include_raw) == (2, None, None, True)
    assert (read.fields, read.expand, read.updated_after) == (("name", "emails"), ("owner",), "2026-01-31T11:00:00Z")
    assert {(one.field, one.operator, one.value) for one in read.filters} == {
        ("last_name", "eq", "Ö&"),
        ("email", "in", ("a@b.example", "c")),
        ("email", "contains", "@"),
        ("created_at", "gte", "2026-01-01T00:00:00Z"),
    }
    with pytest.raises(ValueError, match="time zone"):
        query_of({"updated_after": NAIVE})
    with pytest.raises(ValueError, match="without commas"):
        query_of({"filter": {"id": {"in": ["a,b"]}}})


def test_what_is_unset_is_not_sent_and_null_is() -> None:
    body = {
        "title": UNSET,
        "last_name": None,
        "emails": [EmailAddress(email="a@b.example"), {"email": UNSET, "type": None}],
        "at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    assert json.loads(body_of(body)) == {
        "last_name": None,
        "emails": [{"email": "a@b.example"}, {"type": None}],
        "at": "2026-01-01T00:00:00+00:00",
    }
    assert body_of(b"\x00raw") == b"\x00raw"
    with pytest.raises(ValueError, match="time zone"):
        body_of({"at": NAIVE})


def test_no_value_adds_a_header() -> None:
    recorded = Recorded({"id": "7"})
    for text in ("x\r\nX-Evil: 1", "ä", ""):
        for act in (
            lambda text=text: recorded.client.account(text).crm.contacts.get("7"),
            lambda text=text: recorded.client.account("a").crm.contacts.get("7", Options(if_match=text)),
            lambda text=text: recorded.client.account("a").crm.contacts.create(Options(idempotency_key=text or "\n")),
        ):
            with pytest.raises(ValueError, match=r"printable ASCII|account_id: expected"):
                act()
    assert recorded.sent == []
    headers = {"Authorization": "Bearer other", "Unified-Account": "acc_2", "X-Mine": "1"}
    recorded.client.account("acc_1").proxy.get("/x", headers=headers)
    sent = recorded.sent[0].headers
    assert (sent["authorization"], sent["unified-account"], sent["x-mine"]) == (f"Bearer {KEY}", "acc_1", "1")


def test_an_empty_answer_is_not_a_record() -> None:
    with pytest.raises(errors.UnreadableAnswer):
        Recorded(b"").client.account("a").crm.contacts.get("7")
    assert Recorded(b"", 204).client.account("a").crm.leads.convert("7") is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *[(204, b""), (202, b'{"status": "queued"}'), (202, b'{"id": "7"}'), (202, b'{"status": "approval_required"}')],
        *[(200, one) for one in (b"null", b"[]", b"{}", b"7", b'"7"', b'{"id": 7}', b'{"id": null}', b"<html>", b"")],
    ],
)
def test_only_records_are_returned(status: int, body: bytes) -> None:
    sent = Recorded(body, status)
    contacts = sent.client.account("a").crm.contacts
    for act in (
        lambda: contacts.get("7"),
        lambda: contacts.create(first_name="x"),
        lambda: contacts.update("7", first_name="x"),
        lambda: contacts.upsert(by="email", first_name="x"),
        lambda: contacts.batch([{"op": "delete", "id": "7"}]),
        lambda: list(contacts.list()),
        lambda: sent.client.accounts.get("x"),
        *([] if status == 204 or body == b"null" else [lambda: contacts.delete("7")]),
    ):
        with pytest.raises(errors.UnreadableAnswer) as unreadable:
            act()
        assert unreadable.value.request_id == sent.sent[-1].headers["x-request-id"]


def test_no_id_or_path_leads_elsewhere() -> None:
    assert path_of("a/b ?#ö%") == "/a%2Fb%20%3F%23%C3%B6%25"
    for one in ("", ".", ".."):
        with pytest.raises(ValueError, match="id: expected"):
            path_of(one)
    assert routed_path("/crm/v3/a%20b,c") == "/crm/v3/a%20b,c"
    for one in (
        "crm",
        "//evil.test/x",
        "/a/../b",
        "/a/%2E%2e/b",
        "/a?b",
        "/a#b",
        "/a\\b",
        "/.",
        "@evil.test",
        "https://evil.test/",
    ):
        with pytest.raises(ValueError, match="path: expected"):
            routed_path(one)


@pytest.mark.parametrize(
    "base",
    [
        *("unified.test", "ftp://unified.test", "https://user:word@unified.test", "https://unified.test?x=1"),
        *("http://unified.test:99999", "http://unified.test:0", "http://unified.test:port", "http://[::1", "http://ü..test"),
        f"http://{'a' * 64}.test",
    ],
)
def test_addresses_that_cannot_be_used(base: str) -> None:
    with pytest.raises(ValueError, match="base_url: expected"):
        settings_of(base, KEY, 1, 1, 1)


def test_an_address_that_is_not_set_is_called_empty() -> None:
    with pytest.raises(ValueError, match=r"base_url is empty: expected an address such as https://unified\.example\.com"):
        settings_of("", KEY, 1, 1, 1)


def test_the_key_is_trimmed_sent_to_the_service_only_and_never_shown() -> None:
    recorded = Recorded({"id": "7"})
    client = Client(BASE, f" {KEY}\n", http=recorded.client._http)
    client.account("acc_1").crm.contacts.get("7")
    assert str(recorded.sent[0].url) == "https://unified.test/base/crm/contacts/7"
    assert recorded.sent[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(client) + repr(client._sender._settings) + repr(vars(client))
    with pytest.raises(ValueError, match="key: expected") as refused:
        Client(BASE, "uk_1\nX-Evil: 1")
    assert "uk_1" not in str(refused.value)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    client: Any = Client(BASE, KEY)
    account = client.account("acc_1")
    for act, message in (
        (lambda: account.crm.contcts, "unknown model crm.contcts; did you mean 'contacts'? Known: accounts, associations, "),
        (lambda: account.crn, "unknown category account.crn; did you mean 'crm'? Known: crm, hris, proxy, ticketing, tools"),
        (lambda: account.crm.pipelines.create, "unknown method crm.pipelines.create. Known: fields, get, list, schema"),
        (lambda: client.acounts, "unknown resource client.acounts; did you mean 'accounts'? Known: "),
        (lambda: client.accounts.chekc, "unknown method accounts.chekc; did you mean 'check'? Known: "),
    ):
        with pytest.raises(AttributeError) as unknown:
            act()
        assert str(unknown.value).startswith(message.removesuffix(" ")), unknown.value
    assert not hasattr(account.crm, "contcts")


def test_every_code_has_its_class_and_unknown_ones_that_of_their_status() -> None:
    for code, kind in errors.BY_CODE.items():
        with pytest.raises(UnifiedError) as refused:
            Recorded(problem(code, 400), 400).client.accounts.get("x")
        assert type(refused.value) is kind
    for status, kind in ((403, errors.Forbidden), (422, errors.Unprocessable), (418, UnifiedError)):
        with pytest.raises(UnifiedError) as refused:
            Recorded(problem("a_code_of_tomorrow", status, new_member=[1]), status).client.accounts.get("x")
        assert type(refused.value) is kind
        assert refused.value.code == "a_code_of_tomorrow"
    assert {one.code for one in _leaves(Ours)} <= set(errors.BY_CODE)


def _leaves(kind: type) -> Iterator[Any]:
    for one in kind.__subclasses__():
        yield from _leaves(one) if one.__subclasses__() else (one,)


def test_no_answer_raises_anything_else() -> None:
    bodies = [
        b"", b"{", b"[" * 100_000, b'{"id": "7", "x": ' + b"[" * 100_000, b"null", b"7", b"[]", b'"x"', b"\xff\xfe", b"<html>", b"{}", b'{"data": 7}', b'{"data": [], "next_cursor": 7}', b'{"id": 7}',
        *(json.dumps({**problem("not_found"), name: value}).encode() for name in ("type", "code", "errors", "retry_after", "retryable", "provider", "approval", "request_id") for value in (None, 7, "x", [], {}, [7])),
    ]  # fmt: skip
    kinds = (crm.Contact, Page[crm.Contact], type(None), Answer, management.Account, dict[str, Any])
    calls = [Call("GET", "/x", kind, is_proxied=kind is Answer) for kind in kinds]
    for status, body, call in product((200, 202, 204, 302, 400, 404, 429, 500, 503), bodies, calls):
        code = _code(call, Answer(status=status, headers={}, content=body))
        assert isinstance(code, str | None), (status, body, call)


def _code(call: Call[Any], answer: Answer) -> str | None:
    refused = refusal_of(call, answer)
    if refused is not None:
        return refused.code
    try:
        value_of(call, answer)
    except UnifiedError as error:
        return error.code
    return None


def test_errors_say_where_and_survive_a_process() -> None:
    body = problem(
        "validation_failed",
        422,
        request_id="req_1",
        errors=[{"pointer": "/titel", "code": "unknown", "message": "unknown field"}],
    )
    with pytest.raises(errors.ValidationFailed) as refused:
        Recorded(body, 422).client.account("a").crm.contacts.update("7", title="x")
    assert str(refused.value) == "validation_failed: d (request req_1)\n  /titel: unknown field"
    copied = pickle.loads(pickle.dumps(refused.value))
    assert (type(copied), str(copied), copied.errors[0].pointer) == (errors.ValidationFailed, str(refused.value), "/titel")


def test_a_write_that_waits_raises_the_approval() -> None:
    body = {"status": "approval_required", "approval": {"id": "apr_1", "summary": "s", "digest": "d", "expires_at": "t"}}
    recorded = Recorded(body, 202)
    contacts = recorded.client.account("a").crm.contacts
    for act in (
        lambda: contacts.create(first_name="x"),
        lambda: contacts.delete("7"),
        lambda: recorded.client.account("a").tools.call("x"),
    ):
        with pytest.raises(ApprovalRequired) as asked:
            act()
        copied = pickle.loads(pickle.dumps(asked.value))
        assert asked.value.waiting.id == copied.waiting.id == "apr_1"
        assert asked.value.request_id == copied.request_id == recorded.sent[-1].headers["x-request-id"]


def test_a_list_without_an_end_is_ended() -> None:
    recorded = Recorded({"data": [], "next_cursor": "same"})
    with pytest.raises(errors.UnreadableAnswer, match="does not end") as ended:
        list(recorded.client.account("a").crm.contacts.list())
    assert ended.value.request_id == recorded.sent[-1].headers["x-request-id"]


@pytest.mark.parametrize(
    ("detail", "places", "shown"),
    [
        ("the window was closed", [("", "the window was closed")], ""),
        ("/name: expected text", [("/name", "expected text")], ""),
        ("body: /name: unknown key. Known: title", [("/name", "unknown key. Known: title")], ""),
        ("query: unknown parameters", [("limt", "unknown"), ("x", "unknown")], "\n  limt: unknown\n  x: unknown"),
        ("/a: expected text", [("/a", "expected text"), ("/b", "expected text")], "\n  /b: expected text"),
    ],
)
def test_an_error_says_each_sentence_once(detail: str, places: list[tuple[str, str]], shown: str) -> None:
    listed = [{"pointer": pointer, "code": "invalid", "message": message} for pointer, message in places]
    refusal = problem("validation_failed", detail=detail, errors=listed, request_id="req_1")
    with pytest.raises(errors.ValidationFailed) as refused:
        Recorded(refusal, 422).client.account("a").crm.contacts.get("1")
    assert str(refused.value) == f"validation_failed: {detail} (request req_1){shown}"


def test_an_unknown_outcome_is_never_repeated() -> None:
    recorded = Recorded(problem("outcome_unknown"), 409)
    with pytest.raises(errors.OutcomeUnknown) as refused:
        recorded.client.account("a").crm.contacts.create(Options(max_retries=5), first_name="x")
    assert (refused.value.status, refused.value.retryable, len(recorded.sent)) == (409, False, 1)


def test_waiting_ends() -> None:
    approvals = Recorded({"id": "apr_1", "status": "pending"}).client.approvals
    with pytest.raises(errors.TimedOut, match=r"apr_1 is still pending.*\(request req_"):
        approvals.wait("apr_1", timeout=0.02, every=0.01)
    for wrong in ({"timeout": math.nan}, {"timeout": -1.0}, {"every": math.nan}, {"every": -1.0}):
        with pytest.raises(ValueError, match="expected timeout above 0 seconds"):
            approvals.wait("apr_1", **wrong)
    assert Recorded({"id": "apr_1", "status": "of_tomorrow"}).client.approvals.wait("apr_1").status == "of_tomorrow"


def test_options_of_a_call() -> None:
    seen: list[Answer] = []
    recorded = Recorded({"id": "7"}, headers={"ETag": '"1"'})
    contacts = recorded.client.account("a").crm.contacts
    contacts.create(Options(idempotency_key="signup-1", on_answer=seen.append), first_name="x")
    contacts.update("7", Options(if_match=seen[0].headers["etag"], timeout=3.0), first_name="x")
    create, update = recorded.sent
    assert create.headers["idempotency-key"] == "signup-1"
    assert "idempotency-key" not in update.headers
    assert update.headers["if-match"] == '"1"'
    contacts.update("7", Options(idempotency_key="signup-2"), first_name="x")
    assert recorded.sent[-1].headers["idempotency-key"] == "signup-2", "a key that was chosen is never left out"
    assert update.extensions["timeout"]["read"] == 3.0


def test_provider_answers_are_passed_on_and_refusals_of_unified_are_not() -> None:
    answer = Recorded({"message": "no such owner"}, 404).client.account("a").proxy.get("/owners/1")
    assert (answer.status, answer.json()) == (404, {"message": "no such owner"})
    with pytest.raises(errors.WritesDenied):
        Recorded(problem("writes_denied"), 403).client.account("a").proxy.post("/owners", body={})
    with pytest.raises(UnifiedError, match="is base_url right"):
        Recorded(b"<html>", 404).client.account("a").crm.contacts.get("1")


async def test_the_asynchronous_client_does_the_same() -> None:
    async def answer(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(0)
        return httpx2.Response(200, json={"data": [{"id": "1", "first_name": "Ada"}], "next_cursor": None})

    async with AsyncClient(BASE, KEY, http=httpx2.AsyncClient(transport=httpx2.MockTransport(answer))) as client:
        assert [one.first_name async for one in client.account("a").crm.contacts.list()] == ["Ada"]


def signed(body: bytes) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(SENT_AT, UTC), body.decode())
    return {"Webhook-Id": "msg_1", "webhook-timestamp": str(SENT_AT), "webhook-signature": f"v1,AAAA {signature} v1a,x"}


def test_webhooks_signed_by_the_library_of_the_specification_are_verified() -> None:
    body = json.dumps({"type": "of.tomorrow", "timestamp": "t", "data": {"ü": 1}, "new": 1}).encode()
    event = verify_webhook(body, signed(body), ["whsec_AAAA", SECRET], now=SENT_AT + 299)
    assert (event.id, event.type, event.data) == ("msg_1", "of.tomorrow", {"ü": 1})
    assert verify_webhook(body.decode(), signed(body), SECRET, now=SENT_AT).id == "msg_1"


def test_other_webhooks_are_rejected() -> None:
    body = b'{"type": "x"}'
    for content, headers, secret, now in (
        (body + b" ", signed(body), SECRET, SENT_AT),
        (body, signed(body), "whsec_AAAA", SENT_AT),
        (body, signed(body), SECRET, SENT_AT + 301),
        (body, signed(body), SECRET, SENT_AT - 301),
        (body, {}, SECRET, SENT_AT),
        (body, signed(body) | {"webhook-timestamp": "1e9"}, SECRET, SENT_AT),
        (body, signed(body) | {"webhook-timestamp": "9" * 5000}, SECRET, SENT_AT),
        (body, signed(body) | {"webhook-signature": "v1,é v1, v2,x"}, SECRET, SENT_AT),
        (body, signed(body) | {"webhook-signature": "v1,\udcff"}, SECRET, SENT_AT),
        (body, signed(body) | {"Webhook-Id": "\udcff"}, SECRET, SENT_AT),
        ("\ud800", signed(body), SECRET, SENT_AT),
        (body, signed(body), SECRET, math.nan),
        (b"[]", signed(b"[]"), SECRET, SENT_AT),
        (b"{", signed(b"{"), SECRET, SENT_AT),
    ):
        with pytest.raises(WebhookRejected):
            verify_webhook(content, headers, secret, now=now)
    for secret in ("", "whsec_", "not base64!"):
        with pytest.raises(ValueError, match="secret: expected"):
            verify_webhook(body, signed(body), secret, now=SENT_AT)
    for tolerance in (math.nan, -1):
        with pytest.raises(WebhookRejected, match=r"^webhook-timestamp: expected a time within (nan|-1) seconds of now$"):
            verify_webhook(body, signed(body), SECRET, tolerance=tolerance, now=SENT_AT + 10**6)


def test_a_program_loads_the_types_of_the_categories_that_it_uses() -> None:
    program = (
        "import sys, unified_client\n"
        "client = unified_client.Client('https://unified.test', 'uk_1')\n"
        "client.account('a').crm.contacts.list()\n"
        "print('unified_client.crm' in sys.modules, 'unified_client.hris' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True
    )
    assert printed.stdout.split() == ["True", "False"]


def test_refusals_of_redirects_name_the_setting() -> None:
    with pytest.raises(errors.RedirectRefused, match="set base_url"):
        Recorded(b"", 308, {"location": "https://evil.test/"}).client.accounts.get("x")


MANY = {
    "data": [{"id": "1"}, {"id": "2"}],
    "meta": {"provider": "p", "model": "m", "warnings": [{"code": "c", "message": "t"}]},
}


def test_a_list_comes_whole_within_a_bound_and_says_its_warnings() -> None:
    contacts = Recorded(MANY | {"next_cursor": None}).client.account("a").crm.contacts
    found = contacts.list()
    assert found.warnings == {}
    assert [one.id for one in found.list_all(at_most=2)] == ["1", "2"]
    assert found.warnings == {"c": "t"}
    listed = contacts.list()
    assert [one.id for one in listed] == ["1", "2"]
    assert listed.warnings == {"c": "t"}
    with pytest.raises(ValueError, match="expected at most 1 records, there are more"):
        contacts.list().list_all(at_most=1)


def test_every_answer_becomes_plain_json() -> None:
    """Property: every struct of the client, filled with whatever its fields may be, is JSON with all of its fields."""
    record = msgspec.json.decode(
        b'{"id": "7", "emails": [{"email": "a@x.org"}], "custom_fields": {"x": [1, {"y": null}]}, "account": {"id": "8"}}',
        type=crm.Contact,
    )
    shown = json.loads(json.dumps(record.to_dict()))
    assert set(shown) == set(crm.Contact.__struct_encode_fields__)
    assert shown["title"] is None
    assert shown["emails"][0] == {"email": "a@x.org", "type": None, "is_primary": None}
    assert shown["custom_fields"] == {"x": [1, {"y": None}]}
    assert set(shown["account"]) == set(crm.Account.__struct_encode_fields__)
    page = msgspec.json.decode(json.dumps(MANY), type=Page[crm.Contact])
    assert page.meta.to_dict() == MANY["meta"]
    method = msgspec.convert({"name": "list", "class": "read"}, management.SchemaMethod)
    assert method.to_dict() == {"name": "list", "class": "read"}


def test_the_data_of_an_event_has_a_class() -> None:
    data = {"account_id": "acc_1", "provider": "hubspot", "external_id": None, "status": "active", "status_reason": None}
    body = json.dumps({"type": "account.connected", "timestamp": "t", "data": data}).encode()
    event = verify_webhook(body, signed(body), SECRET, now=SENT_AT)
    assert event.data_as(management.AccountChange).account_id == "acc_1"
    with pytest.raises(msgspec.ValidationError):
        msgspec.structs.replace(event, data={"account_id": 7}).data_as(management.AccountChange)
