"""Whatever is wrong with a request, its answer has a status that the document has for the operation, and a body that fits."""

import re
from typing import Any

import pytest

from tests.api.openapi.reading import OPERATIONS, check_part, named, parameters, resolved

HOSTILE: dict[str, dict[str, Any]] = {
    "an unknown cursor": {"params": {"cursor": "zzz"}},
    "an unknown parameter": {"params": {"no_such": "1"}},
    "a query that is none": {"params": {"a": "\ufffd" * 3}, "headers": {"x-note": "odd"}},
    "an unknown version": {"headers": {"Unified-Version": "2020-01-01"}},
    "no JSON": {"content": b"{", "headers": {"Content-Type": "application/json"}},
    "an empty body": {"content": b"", "headers": {"Content-Type": "application/json"}},
    "another type": {"content": b"a", "headers": {"Content-Type": "text/plain"}},
    "a list": {"json": []},
    "unknown keys": {"json": {"no_such": 1}},
    "a large body": {"content": b'"' + b"a" * 3_000_000 + b'"', "headers": {"Content-Type": "application/json"}},
    "a compressed body": {"content": b"{}", "headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"}},
    "two keys": {"headers": [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]},
    "a key": {"headers": {"Idempotency-Key": "a"}, "json": {}},
    "a version of a record": {"headers": {"If-Match": '"a"'}, "json": {}},
    "no key": {"headers": {"Authorization": ""}},
    "another account": {"params": {"account_id": "acc_none"}},
    "null for a word": {"params": {"status": "null", "kind": "null", "decision": "null"}},
}
MODELS = frozenset({"crm.contacts", "crm.associations", "ticketing.comments"})
"""Of the models, some: they share their routes."""
CASES = [one for one in OPERATIONS if one[2].get("x-model") in {None, *MODELS}]


def test_the_cases_are_of_all_kinds():
    assert len(CASES) > 70
    assert {"create_api_key", "proxy_post", "call_tool", "batch_crm_contacts"} <= {one[2]["operationId"] for one in CASES}


QUICK = {"an unknown cursor", "an unknown version", "no JSON", "no key", "null for a word"}


@pytest.mark.parametrize("hostile", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in HOSTILE])
async def test_every_refusal_is_documented(world, hostile):
    """Signed out as well, where a page has the same address: programs that name no page get a problem."""
    asked = HOSTILE[hostile]
    problems = []
    for case in CASES:
        path, verb, operation = case
        if {"content", "json"} & set(asked) and "requestBody" not in operation:
            continue
        address = re.sub(r"\{\w+\}", "x", path)
        given = {"account_id": world.accounts["hubspot"]} if "x-model" in operation or "proxy" in path else {}
        answer = await world.client.request(verb.upper(), address, **{**asked, "params": given | asked.get("params", {})})
        problems += [f"{named(case)}: {one}" for one in misfits(operation, answer)]
    assert not problems, "\n".join(problems)


WORDS = [
    (case, one["name"])
    for case in OPERATIONS
    for one in parameters(case[2])
    if one["in"] == "query" and "x-model" not in case[2] and resolved(one["schema"]).get("enum")
]


def test_parameters_of_few_words_are_found():
    assert {name for _, name in WORDS} >= {"status", "kind", "decision", "format"}


@pytest.mark.parametrize("text", ["null", "NULL", "None", "", "nothing"])
async def test_an_unknown_enum_word_is_refused(world, text):
    """Read as null, it would be no condition at all, and the caller would take everything for what was asked for."""
    for (path, verb, operation), name in WORDS:
        address = re.sub(r"\{\w+\}", "x", path)
        needed = {one["name"]: world.accounts["hubspot"] for one in parameters(operation) if one["name"] == "account_id"}
        answer = await world.client.request(verb.upper(), address, params={**needed, name: text})
        pointers = {one["pointer"] for one in answer.json()["errors"]}
        assert (answer.status_code, name in pointers) == (422, True), (verb, path, name, answer.text)


def misfits(operation: dict[str, Any], answer: Any) -> list[str]:
    """What the document does not say of an answer."""
    responses = operation["responses"]
    response = resolved(responses.get(str(answer.status_code)) or responses.get("default"))
    if response is None:
        return [f"{answer.status_code} is not documented: {answer.text[:160]}"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    content = response.get("content", {})
    if answer.content and kind not in content:
        return [f"{answer.status_code}: {kind} is not one of {list(content)}"]
    try:
        if kind.endswith("json"):
            check_part(answer.json(), content[kind]["schema"])
    except Exception as problem:  # noqa: BLE001 - collected with the others
        return [f"{answer.status_code}: {str(problem)[:200]}"]
    return []
