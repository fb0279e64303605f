"""The body of a write, whatever is in it, keeps no other request waiting: it has a bounded number of values."""

import contextlib
import time

import httpx2
import pytest

from tests.acme import open_acme
from tests.resilience.test_large_answers import MAX_HOLD_SECONDS, holds
from tests.world import catalog
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.service.records.writing.write_checks import MAX_VALUES

MAPPING = """\
record: |
  {"id": $string(id), "first_name": name, "emails": emails.{"email": $}}
get: {request: "GET /people/{id}"}
create: {request: "POST /people"}
update: {request: "PATCH /people/{id}"}
write: |
  {"name": first_name, "emails": emails.{"value": email, "main": is_primary}}
"""


def bodies(count):
    """Bodies with about so many values, in different places."""
    deep = inner = {}
    for _ in range(100):
        inner["x"] = inner = {}
    inner["x"] = [0] * (count - 200)
    return {
        "emails": {"first_name": "a", "emails": [{"email": f"a{number}@b.example"} for number in range(count // 2 - 10)]},
        "own fields": {"first_name": "a", "remote_fields": {f"k{number}": number for number in range(count - 10)}},
        "objects": {"first_name": "a", "remote_fields": {"x": [{}] * (count - 10)}},
        "deep": {"first_name": "a", "remote_fields": deep},
    }


@pytest.mark.parametrize("method", ["create", "update"])
@pytest.mark.parametrize("kind", bodies(1_000))
async def test_a_body_with_more_values_than_a_write_has_is_refused_unsent(tmp_path, kind, method):
    async with open_acme(tmp_path, MAPPING, {}) as acme:
        with pytest.raises(ValidationFailed, match=r"expected at most 10000 values .* write fewer at a time"):
            await acme.write(method, bodies(5 * MAX_VALUES)[kind], record_id="1" if method == "update" else None)
        assert acme.arrived == []


@pytest.mark.alone
@pytest.mark.parametrize("kind", bodies(1_000))
async def test_no_body_holds_the_event_loop_for_long(tmp_path, kind):
    answers = {"POST /people": lambda _request: httpx2.Response(201, json={"id": 1, "name": "a", "emails": []})}

    async with open_acme(tmp_path, MAPPING, answers) as acme:
        for count in (MAX_VALUES, 6 * MAX_VALUES):
            await holds(acme.write("create", bodies(count)[kind]))
            worst, _ = min([await holds(acme.write("create", bodies(count)[kind])) for _ in range(3)], key=lambda one: one[0])
            print("HOLDS", kind, count, round(worst * 1000))
            assert worst < MAX_HOLD_SECONDS, (kind, count, worst)
        assert acme.arrived


WRITERS = sorted({provider for provider, _ in catalog().mappings()})
TEXTS = ["a\n\n" * 200_000, "\r" * 900_000, "<" * 900_000, "**a** " * 150_000]
MAX_TEXT_SECONDS = 0.2
"""Twice of what one answer may hold: other tests use the machine, and most mappings take a tenth."""


@pytest.mark.alone
@pytest.mark.parametrize("provider", WRITERS)
def test_no_text_takes_a_mapping_long(provider):
    """Texts that are as long as a body, of what is converted: lines, paragraphs, marks of HTML and Markdown."""
    for model in sorted(one for name, one in catalog().mappings() if name == provider):
        mapping = catalog().mapping(provider, model)
        known = [one for one in ("create", "update") if one in catalog().compiled(provider, model).methods]
        fields = [one for one in MODELS[model].fields if one.kind == "string" and one.access != "ro" and not one.is_list]
        for field in fields if known else ():
            for text in TEXTS:
                began = time.process_time()
                with contextlib.suppress(UnifiedError):
                    mapping.write({field.name: text}, known[0], account={"site": "demo"})
                assert time.process_time() - began < MAX_TEXT_SECONDS, (model, field.name, text[:9])


async def test_more_lines_than_a_document_has_are_refused_at_their_field(world):
    query = {"account_id": world.accounts["jira"]}
    (ticket,) = (await world.client.get("/ticketing/tickets", params={**query, "limit": 1})).json()["data"]
    for body, status in (("a\n" * 9_999, 201), ("a\n" * 10_000, 422)):
        answer = await world.client.post("/ticketing/comments", params=query, json={"ticket_id": ticket["id"], "body": body})
        assert answer.status_code == status, answer.text[:300]
    assert answer.json()["errors"][0]["pointer"] == "/body"
    assert "at most 10000 lines" in answer.json()["detail"]
