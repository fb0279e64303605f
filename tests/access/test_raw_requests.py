"""What each class of methods in a scope may ask of the provider's own API: a scope without reading reads by no way there."""

from itertools import chain, combinations

import pytest

from unified.service.access.raw_requests import RAW, missing_for_raw
from unified.service.access.scope.scopes import METHOD_CLASSES, Scope

WORDS = (*METHOD_CLASSES, "list", "create")
METHODS = list(chain.from_iterable(combinations(WORDS, size) for size in range(1, len(WORDS) + 1)))
OVERRIDE = {"X-HTTP-Method-Override": "POST"}
REQUESTS = [
    ("GET", "/crm/v3/objects/contacts", {}, False),
    ("GET", "/crm/v3/objects/contacts", OVERRIDE, True),
    ("GET", "/crm/v3/objects/contacts?_method=PATCH", {}, True),
    ("POST", "/crm/v3/objects/contacts/search", {}, True),
    ("POST", "/crm/v3/objects/contacts", {"X-HTTP-Method-Override": "GET"}, True),
    ("PATCH", "/crm/v3/objects/contacts/1", {}, True),
    ("PUT", "/crm/v3/objects/contacts/1", {}, True),
    ("DELETE", "/crm/v3/objects/contacts/1", {}, True),
]


@pytest.mark.parametrize("methods", METHODS, ids="+".join)
def test_a_class_is_missing_exactly_if_the_scope_does_not_have_it(methods):
    for kind, needed in RAW.items():
        assert missing_for_raw(Scope(methods=methods), kind) == tuple(one for one in needed if one not in methods)
        assert "read" in needed


CLASSES = [one for one in METHODS if set(one) <= set(METHOD_CLASSES)] + [("list", "get", "write"), ("read", "create", "update")]


async def test_scopes_and_methods_intersect_by_the_rule(world):
    """Every subset of the classes, and single methods, with every kind of request: refused is never sent, and answers nothing."""
    every = ["none", "personal", "sensitive", "secret"]
    for methods in CLASSES:
        scope = {"methods": list(methods), "writes": "direct", "fields": {"classes": every}}
        headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
        for method, path, more, writes in REQUESTS:
            before = len(await world.reached())
            account = f"{'&' if '?' in path else '?'}account_id={world.accounts['hubspot']}"
            content = None if method in {"GET", "DELETE"} else {}
            answer = await world.client.request(method, f"/proxy{path}{account}", headers=headers | more, json=content)
            is_allowed = {"read", *(("write",) if writes else ())} <= set(methods)
            assert (len(await world.reached()) > before) is is_allowed, (methods, method, path, answer.text)
            if not is_allowed:
                assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")


async def test_the_refusal_says_what_is_missing_and_why(world):
    scope = {"methods": ["write"], "fields": {"classes": ["none", "personal", "sensitive", "secret"]}}
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    params = {"account_id": world.accounts["hubspot"]}
    answer = await world.client.post("/proxy/crm/v3/objects/contacts/search", params=params, headers=headers, json={})
    assert answer.json()["detail"] == (
        "the key's scope does not include read, and POST requests to the provider's own API may read: searches, and changes that "
        "are answered with the record"
    )
