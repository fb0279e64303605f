"""Every route that writes checks a precondition of the request, passes it on, or refuses it: none is left out in silence."""

import pytest

from tests.api.test_idempotency_keys import request, writes
from tests.cases import each
from unified.api.request_checks import PRECONDITIONS, check_request
from unified.api.requests.declarations import declaration_of
from unified.errors.requests import MalformedRequest


async def test_a_route_that_writes_checks_a_precondition_or_refuses_it():
    for method, path, handler in writes():
        for name in PRECONDITIONS:
            if name.lower() in declaration_of(handler).preconditions:
                continue
            with pytest.raises(MalformedRequest) as refused:
                await check_request(request(method, path, handler, {name: '"4"'}))
            assert refused.value.detail == (
                f"{name}: {method} {path} does not check it and would be done in any case: leave the header out. "
                "Single writes of records take If-Match; batches and tools take `version` instead"
            )


@each(
    "asked",
    [
        ("POST", "/tools/update_crm_contact", {"arguments": {"id": "1", "first_name": "x"}}),
        ("POST", "/crm/contacts/batch", {"items": [{"op": "update", "id": "1", "data": {"first_name": "x"}}]}),
        ("PATCH", "/tenant", {"name": "x"}),
    ],
    ids=lambda one: one[1],
)
@pytest.mark.parametrize("name", PRECONDITIONS)
async def test_where_it_is_not_checked_nothing_is_sent(world, asked, name):
    method, path, body = asked
    params = {} if path == "/tenant" else {"account_id": world.accounts["hubspot"]}
    answer = await world.client.request(method, path, params=params, json=body, headers={name: '"4"'})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request"), answer.text
    assert answer.json()["detail"].startswith(f"{name}: {method} ")
    assert await world.reached() == []


@pytest.mark.parametrize(
    ("method", "name"), [("PUT", "If-None-Match"), ("POST", "If-None-Match"), ("PATCH", "If-Unmodified-Since")]
)
async def test_a_single_write_checks_versions_only(world, method, name):
    """An upsert "only if there is none" would change the record that there is."""
    path = "/crm/contacts/1" if method == "PATCH" else "/crm/contacts"
    body = {"emails": [{"email": "ada@new.example"}]}
    answer = await world.send(method, path, body, **{name: "*"})
    assert (answer.status_code, await world.reached()) == (400, []), answer.text
