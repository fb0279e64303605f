"""`limit`, `fields` and `expand` are read alike by every route that takes them, and refused by name by all others."""

import pytest

from tests.world import open_world
from unified.api.requests.declarations import QUERY, declaration_of
from unified.models import MODELS
from unified.store.queries.pages import MAX_LIMIT as MAX_ROWS
from unified.transform.queries.query import MAX_LIMIT as MAX_RECORDS

UNREADABLE = ("", "0", "+5", "5.0", "٣", "planted")
ACCOUNT = {"name": "hubspot"}


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path) as opened:
        yield opened


def handlers(world):
    """Every handler of the API for programs that declares its query, with a path that reaches it."""
    for route in world.server.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.opt.get(QUERY) is not None and "GET" in handler.http_methods and declaration_of(handler).is_for_programs:
                yield route.path, handler.opt[QUERY]


async def paged(world):
    """Path → the most that a page has, of every list with a `limit`; a webhook's deliveries are of one that is there."""
    made = await world.client.post("/webhooks", json={"url": "https://hooks.example.com/x", "events": ["account.connected"]})
    rows = {path.replace("{id:str}", made.json()["id"]): MAX_ROWS for path, names in handlers(world) if "limit" in names}
    account = f"?account_id={world.accounts['hubspot']}"
    models = {
        f"/{one.category}/{one.plural}{account}": MAX_RECORDS
        for one in MODELS.values()
        if one.id in ("crm.contacts", "crm.users")
    }
    return rows | models


async def ask(world, path, **query):
    separator = "&" if "?" in path else "?"
    return await world.client.get(path + separator + "&".join(f"{name}={text}" for name, text in query.items()))


async def test_a_limit_is_read_alike_by_every_list(world):
    lists = await paged(world)
    assert {"/accounts", "/api-keys", "/approvals", "/audit", "/mcp-servers", "/webhooks"} <= set(lists)
    for path, maximum in lists.items():
        for text in UNREADABLE:
            answer = await ask(world, path, limit=text)
            problems = [(one["pointer"], one["message"]) for one in answer.json()["errors"]]
            assert (answer.status_code, problems) == (422, [("limit", f"expected a whole number from 1 to {maximum}")]), (
                path,
                text,
            )
        for text in ("1", "007", str(maximum)):
            answer = await ask(world, path, limit=text)
            assert (answer.status_code, said(answer)) == (200, ""), (path, text)
        for text in (str(maximum + 1), "9" * 4400):
            answer = await ask(world, path, limit=text)
            assert answer.status_code == 200, (path, text[:9])
            assert len(answer.json()["data"]) <= maximum
            assert f"a page has at most {maximum}" in said(answer), (path, text[:9])


def said(answer):
    """What an answer says that was done about the limit: a list of records in `meta`, any other one in a header."""
    warnings = answer.json().get("meta", {}).get("warnings", [])
    header = answer.headers.get("Unified-Warning", "")
    texts = [one["message"] for one in warnings if one["code"] == "limit_reduced"]
    return "; ".join([*texts, *([header] if "limit_reduced" in header else [])])


async def test_what_a_route_does_not_take_is_refused_by_name(world):
    account = world.accounts["hubspot"]
    record = (await world.get("/crm/contacts", limit=1)).json()["data"][0]["id"]
    routes = {("GET", path): names for path, names in handlers(world) if "{" not in path}
    model = f"/crm/contacts?account_id={account}"
    one = f"/crm/contacts/{record}?account_id={account}"
    routes |= {
        ("GET", f"/crm/contacts/schema?account_id={account}"): (),
        ("GET", f"/crm/fields?account_id={account}&model=contacts"): (),
        ("GET", one): ("fields", "expand"),
        ("POST", model): (),
        ("PUT", f"{model}&by=email"): (),
        ("PATCH", one): (),
        ("DELETE", one): (),
        ("POST", f"/crm/contacts/batch?account_id={account}"): (),
        ("POST", f"/crm/leads/{record}/convert?account_id={account}"): (),
    }
    for (method, path), names in routes.items():
        for name in {"limit", "fields", "expand", "no_such_name"} - set(names):
            separator = "&" if "?" in path else "?"
            body = {"json": {}} if method != "GET" else {}
            answer = await world.client.request(method, f"{path}{separator}{name}=1", **body)
            assert answer.status_code == 422, (method, path, name, answer.text)
            assert (name, "unknown_parameter") in {(one["pointer"], one["code"]) for one in answer.json()["errors"]}, (
                path,
                name,
            )
    assert (await world.get(f"/crm/contacts/{record}")).status_code == 200


async def test_fields_and_expand_are_refused_alike_by_lists_and_single_records(world):
    record = (await world.get("/crm/contacts", limit=1)).json()["data"][0]["id"]
    for name, text in (("fields", "frist_name"), ("expand", "onwer")):
        answers = [await world.get(path, **{name: text}) for path in ("/crm/contacts", f"/crm/contacts/{record}")]
        texts = {(one.status_code, one.json()["code"], one.json()["detail"]) for one in answers}
        assert len(texts) == 1, texts
        ((status, code, detail),) = texts
        assert (status, code) == (422, "unsupported_field")
        assert "Did you mean '" in detail
        assert " of crm.contacts: " in detail


async def test_a_tool_reads_a_list_as_the_route_does(world):
    async def call(**arguments):
        return await world.client.post(
            "/tools/list_crm_contacts", json={"account_id": world.accounts["hubspot"], "arguments": arguments}
        )

    for wrong in ("x", 0, 1.5, None):
        answer = await call(limit=wrong)
        assert answer.json()["errors"][0]["message"] == f"expected a whole number from 1 to {MAX_RECORDS}", wrong
    reduced = (await call(limit=10**6)).json()["result"]
    assert [one["code"] for one in reduced["warnings"]] == ["limit_reduced"]
    email = next(one["emails"][0]["email"] for one in reduced["data"] if one["emails"])
    found = [(await call(filter={name: email})).json()["result"]["data"] for name in ("email", "emails")]
    assert found[0] == found[1] != []
    both = await call(filter={"email": email, "emails": email})
    assert (both.status_code, both.json()["code"]) == (422, "validation_failed")
