"""How a request is judged, what its digest is of, and which texts of a caller are kept."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from unified.errors.access import WritesDenied
from unified.errors.error import ProviderProblem
from unified.errors.providers import CircuitOpen, ConnectionUnauthorized, MappingFailed, ProviderTimeout
from unified.errors.requests import NotFound
from unified.service.audit.events import AuditedAct, canonical, canonical_body, known_form, outcome_of, record
from unified.telemetry.recording import (
    record_answer,
    record_content,
    record_items,
    record_method,
    record_tenant,
    record_tool,
    record_use,
    recording_item,
)
from unified.telemetry.request_scope import RequestScope, audit_context

SAID_NO = ProviderProblem(name="p", status=401)


@pytest.mark.parametrize(
    ("status", "problem", "expected"),
    [
        (200, None, ("call", "allowed", None)),
        (None, None, ("call", "allowed", None)),
        (None, WritesDenied("x"), ("refusal", "denied", "writes_denied")),
        (None, ConnectionUnauthorized("needs_reauth"), ("refusal", "denied", "connection_unauthorized")),
        (None, ConnectionUnauthorized("x", provider=SAID_NO), ("call", "allowed", "connection_unauthorized")),
        (404, NotFound("x"), ("call", "allowed", "not_found")),
        (200, MappingFailed("x"), ("call", "allowed", "mapping_failed")),
        (None, ProviderTimeout("x"), ("call", "allowed", "provider_timeout")),
        (None, CircuitOpen("x"), ("refusal", "denied", "circuit_open")),
        (None, RuntimeError("planted"), ("refusal", "denied", "internal")),
        (200, RuntimeError("planted"), ("call", "allowed", "internal")),
        (None, asyncio.CancelledError(), ("call", "allowed", "cancelled")),
    ],
)
def test_a_request_that_reached_a_provider_is_a_call_and_others_are_refusals(status, problem, expected):
    assert outcome_of("call", status, problem) == expected


@pytest.mark.parametrize("text", ["acc_0Az", "key_1", None])
def test_ids_are_kept_as_they_are(text):
    assert known_form(text) == text


@pytest.mark.parametrize("text", ["", "ada@engines.example", "acc_", "acc_1\n", "acc_" + "1" * 33, "acc_é", "x' OR 1"])
def test_other_texts_of_a_caller_are_not_kept(text):
    assert known_form(text) == "(not an id)"


@pytest.mark.parametrize(
    "same",
    [
        (b'{"a": 1, "b": [2]}', b'{"b":[2],"a":1}', b'{"a":1.0,"b":[2e0]}'),
        (b'"A"', b'"\\u0041"'),
    ],
)
def test_spellings_of_one_body_are_one_text(same):
    assert len({canonical(canonical_body(one)) for one in same}) == 1


@pytest.mark.parametrize(
    "different",
    [
        (b"1", b'"1"', b"1.5", b"true", b"null", b"[1]"),
        (b"9007199254740993.0", b"9007199254740993"),
        (b"\xff", b"\xfe", b"{", b'{"json": 1}'),
        (b"[" * 2000, b"[" * 2001),
        (b"1e999", b"2e999x"),
    ],
)
def test_different_bodies_are_different_texts(different):
    assert len({canonical(canonical_body(one)) for one in different}) == len(different)


def test_without_an_open_note_nothing_is_noted():
    record_use("acc_1", "crm.contacts", "list")
    record_method("x")
    record_answer(200)
    record_content(b"x")
    record_tenant("ten_1")
    assert [note.uses for note in record_items([("create", {})])] == [[]]
    with audit_context() as note:
        assert note == RequestScope()


async def test_what_tasks_do_for_a_request_is_noted_with_it_and_apart_from_others():
    async def request(account):
        with audit_context() as note:
            record_use(account, "crm.contacts", "list")
            await asyncio.gather(*(_answer(status) for status in (200, 200)))
            return note

    async def _answer(status):
        await asyncio.sleep(0)
        record_answer(status)

    notes = await asyncio.gather(*(request(f"acc_{number}") for number in range(5)))
    assert [(use.account_id, use.status) for note in notes for use in note.uses] == [(f"acc_{n}", 200) for n in range(5)]


async def test_writes_of_a_batch_are_noted_apart():
    async def write(note, status):
        with recording_item(note):
            await asyncio.sleep(0)
            record_answer(status)

    with audit_context() as note:
        record_use("acc_1", "crm.contacts", "create")
        record_use("acc_1", "crm.contacts", "delete")
        items = record_items([("delete", 1), ("create", 2), ("delete", 3)])
        await asyncio.gather(*(write(one, 200 + index) for index, one in enumerate(items)))
    assert [(use.method, use.status, use.request) for use in note.uses] == [
        ("delete", 200, 1),
        ("create", 201, 2),
        ("delete", 202, 3),
    ]


class Queue:
    """Notes how entries came."""

    def __init__(self):
        self.added, self.settled = [], []

    def enqueue(self, tenant_id, entries):
        self.added += entries

    async def write_through(self, tenant_id, entries):
        self.settled += entries


@pytest.fixture
def services():
    vault = SimpleNamespace(digest=lambda payload, *, context: f"digest of {len(payload)}")
    return SimpleNamespace(audit=Queue(), vault=vault, clock=lambda: datetime.now(UTC))


ASKED = AuditedAct(tenant_id="ten_1", actor="key_1", name="GET /x", changes=False)


async def test_a_cancelled_call_is_reported_without_waiting(services):
    with audit_context() as note:
        record_use("acc_1", "crm.contacts", "list")
    await record(services, ASKED, note, asyncio.CancelledError())
    assert [(one.decision, one.reason) for one in services.audit.added] == [("allowed", "cancelled")]


async def test_one_denial_among_allowed_uses_makes_all_wait(services):
    with audit_context() as note:
        record_use("acc_1", "crm.contacts", "list")
        record_answer(200)
        record_use("acc_1", "crm.users", "get")
    await record(services, ASKED, note, WritesDenied("x"))
    assert [(one.model, one.decision) for one in services.audit.settled] == [
        ("crm.contacts", "allowed"),
        ("crm.users", "denied"),
    ]
    assert services.audit.added == []


async def test_the_tool_stands_in_every_row(services):
    with audit_context() as note:
        record_tool("list_crm_contacts", None)
        record_use("acc_1", "crm.contacts", "list")
    await record(services, ASKED, note, None)
    assert [one.tool for one in services.audit.added] == ["list_crm_contacts"]


async def test_a_read_of_ours_leaves_no_row(services):
    await record(services, ASKED, RequestScope(), None)
    assert (services.audit.added, services.audit.settled) == ([], [])
