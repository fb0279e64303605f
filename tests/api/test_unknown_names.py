"""A name that is none is answered with the known ones and the nearest, and never with one that the caller may not see."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.timing import processor_time
from unified.errors.error import MOST_PROBLEMS
from unified.errors.names import did_you_mean, unknown_name
from unified.models import MODELS
from unified.models.relations import relations
from unified.service.tools.catalog import all_tool_names

FAR = "qqzzq"
CONTACT = MODELS["crm.contacts"]
FIELDS = [one.name for one in CONTACT.fields]
CATEGORIES = sorted({one.category for one in MODELS.values()})
CRM = sorted(one.plural for one in MODELS.values() if one.category == "crm")
HINT = re.compile(r"Did you mean '([^']+)'\?")


class Place(NamedTuple):
    """A place where a caller writes a name."""

    method: str
    path: str
    """With `NAME` in the place of the name; also in the body."""
    status: int
    names: Callable[[Any], list[str]]
    """What is known there, to the caller of the world."""
    body: Any = None


def providers(world):
    return list(world.services.catalog.providers())


def schema(part, key="name"):
    """Names from the description of the connection."""

    def names(world):
        found = world.schema[part]
        return [one[key] if isinstance(one, dict) else one.removeprefix("-") for one in found]

    return names


def fixed(names):
    return lambda _world: list(names)


LIST = "/crm/contacts?account_id=ACCOUNT"
PLACES = {
    "category": Place("GET", "/NAME/contacts", 404, fixed(CATEGORIES)),
    "category of a record": Place("PATCH", "/NAME/contacts/1", 404, fixed(CATEGORIES)),
    "category of a custom method": Place("POST", "/NAME/contacts/1/convert", 404, fixed(CATEGORIES)),
    "model": Place("GET", "/crm/NAME?account_id=ACCOUNT", 404, fixed(CRM)),
    "model of a new record": Place("POST", "/crm/NAME", 404, fixed(CRM), {}),
    "model of a record": Place("DELETE", "/crm/NAME/1", 404, fixed(CRM)),
    "model of fields": Place("GET", "/crm/fields?account_id=ACCOUNT&model=NAME", 422, fixed(CRM)),
    "method": Place("POST", "/crm/contacts/1/NAME?account_id=ACCOUNT", 501, lambda world: world.methods),
    "provider of an account": Place("POST", "/accounts", 422, providers, {"provider": "NAME", "name": "x", "credentials": {}}),
    "provider of a link": Place("POST", "/connect", 422, providers, {"provider": "NAME"}),
    "providers of a link": Place("POST", "/connect", 422, providers, {"providers": ["NAME"]}),
    "provider of accounts": Place("GET", "/accounts?provider=NAME", 422, providers),
    "provider of coverage": Place("GET", "/catalog/coverage?provider=NAME", 422, providers),
    "model of coverage": Place("GET", "/catalog/coverage?model=NAME", 422, fixed(MODELS)),
    "OAuth app": Place("GET", "/oauth-apps/NAME", 404, providers),
    "OAuth app to delete": Place("DELETE", "/oauth-apps/NAME", 404, providers),
    "OAuth app to set": Place("PUT", "/oauth-apps/NAME", 422, providers, {"client_id": "x", "client_secret": "y"}),
    "filter": Place("GET", f"{LIST}&filter[NAME]=x", 422, schema("filters")),
    "operator": Place("GET", f"{LIST}&filter[email][NAME]=x", 422, fixed(("eq", "in", "contains", "gt", "gte", "lt", "lte"))),
    "order": Place("GET", f"{LIST}&sort=NAME", 422, schema("sort")),
    "field": Place("GET", f"{LIST}&fields=NAME", 422, fixed(FIELDS)),
    "relation": Place("GET", f"{LIST}&expand=NAME", 422, schema("expand")),
    "parameter": Place("GET", f"{LIST}&NAME=1", 422, fixed(("limit", "cursor", "sort", "fields", "expand", "updated_after"))),
    "parameter of a write": Place("POST", f"{LIST}&NAME=1", 422, fixed(("account_id",)), {}),
    "key of a record": Place(
        "POST",
        LIST,
        422,
        fixed(one.name for one in CONTACT.fields if one.access != "read" and one.name != "company"),
        {"NAME": 1},
    ),
    "key of a body": Place("POST", "/webhooks", 422, fixed(("url", "events")), {"NAME": 1}),
    "external key": Place("PUT", f"{LIST}&by=NAME", 422, fixed(("email",)), {"emails": [{"email": "a@b.example"}]}),
    "tool": Place("POST", "/tools/NAME", 404, lambda world: world.tools, {"arguments": {}}),
    "argument": Place(
        "POST", "/tools/list_crm_contacts", 422, fixed(("limit", "fields")), {"account_id": "ACCOUNT", "arguments": {"NAME": 1}}
    ),
    "field of a tool's output": Place(
        "POST",
        "/tools/list_crm_contacts",
        422,
        fixed(("emails",)),
        {"account_id": "ACCOUNT", "arguments": {"fields": ["NAME"]}},
    ),
    "word of a scope": Place(
        "POST", "/api-keys", 422, fixed(("read", "write")), {"name": "x", "role": "app", "scope": {"methods": ["NAME"]}}
    ),
    "event": Place("POST", "/webhooks", 422, fixed(("account.deleted",)), {"url": "https://x.example", "events": ["NAME"]}),
}


def filled(value, name, account):
    """A path or body with the name in its place."""
    if isinstance(value, str):
        return value.replace("NAME", name).replace("ACCOUNT", account)
    if isinstance(value, list):
        return [filled(one, name, account) for one in value]
    if isinstance(value, dict):
        return {filled(key, name, account): filled(one, name, account) for key, one in value.items()}
    return value


class Asker:
    """A caller, and what it can see."""

    def __init__(self, world, key):
        self.services, self.world, self.key = world.services, world, key
        self.schema, self.methods, self.tools = {}, [], []

    async def begin(self):
        self.schema = (await self.send("GET", "/crm/contacts/schema?account_id=ACCOUNT")).json()
        self.methods = [one["name"] for one in self.schema["methods"]]
        self.tools = [one["name"] for one in (await self.send("GET", "/tools")).json()["data"]]
        return self

    async def send(self, method, path, body=None, name=""):
        account = self.world.accounts["hubspot"]
        headers = {"Authorization": f"Bearer {self.key}"}
        sent = {} if body is None else {"json": filled(body, name, account)}
        return await self.world.client.request(method, filled(path, name, account), headers=headers, **sent)

    async def said(self, place, name):
        """All that an answer says about a name."""
        answer = await self.send(place.method, place.path, place.body, name)
        assert answer.status_code == place.status, answer.text
        shown = answer.json()
        return " ".join((shown["detail"], *(one["message"] for one in shown["errors"])))


@pytest.fixture
async def asker(world):
    return await Asker(world, world.admin_key).begin()


def mistyped(name):
    """The name as somebody may type it."""
    middle = len(name) // 2
    return name[:middle] + name[middle + 1 :]


async def test_an_unknown_name_is_answered_with_the_nearest_and_the_known_ones(asker):
    wrong = []
    for label, place in PLACES.items():
        known = list(dict.fromkeys(place.names(asker)))
        assert known, label
        said = await asker.said(place, FAR)
        if HINT.search(said):
            wrong.append(f"{label}: suggests something for a name that is like none: {said}")
        wrong += [f"{label}: does not list {one}: {said}" for one in sorted(known)[:40] if one not in said]
        for name in [one for one in known if len(one) > 3][:3]:
            said = await asker.said(place, mistyped(name))
            if HINT.search(said) is None:
                wrong.append(f"{label}: {mistyped(name)} does not lead to {name}: {said}")
    assert not wrong, "\n".join(wrong)


async def test_what_a_key_may_not_see_is_neither_listed_nor_suggested(world):
    """The mistyped name of what is hidden leads to nothing that a name like none does not lead to."""
    scope = {"methods": ["read"], "models": ["crm.contacts"], "fields": {"hide": ["emails", "account_id", "owner_id"]}}
    narrow = await Asker(world, await world.key(scope=scope)).begin()
    hidden = {"emails", "email", "account_id", "owner_id"}
    names = {
        "filter": {"email", "account_id", "owner_id"},
        "field": {"emails", "account_id", "owner_id"},
        "relation": set(relations(CONTACT)),
        "order": {"emails"},
        "method": {"create", "update", "delete"},
        "tool": {"list_crm_accounts", "create_crm_contact", "list_crm_deals"},
        "field of a tool's output": {"emails", "account_id"},
    }
    for label, some in names.items():
        for name in some:
            answer = await narrow.send(PLACES[label].method, PLACES[label].path, PLACES[label].body, mistyped(name))
            shown = answer.json()
            said = " ".join((shown["detail"], *(one["message"] for one in shown["errors"])))
            words = set(re.findall(r"\w+", said.replace(mistyped(name), "")))
            assert not words & (hidden | some), f"{label}: {said}"
    assert set(narrow.tools) == {"get_crm_contact", "list_crm_contacts"}
    said = await narrow.said(PLACES["tool"], FAR)
    assert set(re.findall(r"\w+_crm_\w+", said)) == set(narrow.tools)


async def test_a_key_that_writes_is_not_led_to_a_hidden_field(world):
    """To one that only reads, no answer of a write says anything."""
    hidden = {"emails", "account_id", "owner_id"}
    key = await world.key(scope={"methods": ["read", "write"], "writes": "direct", "fields": {"hide": [*hidden]}})
    narrow = await Asker(world, key).begin()
    for name in (FAR, *map(mistyped, hidden)):
        said = await narrow.said(PLACES["key of a record"], name)
        assert not set(re.findall(r"\w+", said.replace(name, ""))) & hidden, said
        assert "first_name" in said


async def test_a_field_that_cannot_be_written_leads_to_no_hidden_one(world):
    hidden = {"emails", "account_id", "owner_id"}
    key = await world.key(scope={"methods": ["read", "write"], "writes": "direct", "fields": {"hide": [*hidden]}})
    answer = await world.client.post(
        "/crm/contacts",
        params={"account_id": world.accounts["hubspot"]},
        json={"last_name": "x", "department": "x"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.json()["code"] == "unsupported_field"
    listed = set(re.findall(r"\w+", answer.json()["detail"].partition("Writable: ")[2]))
    assert "first_name" in listed
    assert not listed & hidden


MANY = [f"emial{number}" for number in range(20_000)]
LONG = {
    "keys of a record": (LIST, dict.fromkeys(MANY, 1)),
    "keys in a record": (LIST, {"emails": [dict.fromkeys(MANY, 1)]}),
    "items of a record": (LIST, {"emails": MANY}),
    "entries beyond the first": (LIST, {"last_name": "x", "emails": [{"email": f"{name}@x.example"} for name in MANY]}),
    "custom fields": (LIST, {"custom_fields": {f"firstname.{name}": 1 for name in MANY}}),
    "events": ("/webhooks", {"url": "https://x.example", "events": MANY}),
    "words of a scope": ("/api-keys", {"name": "x", "role": "app", "scope": {"methods": MANY}}),
    "providers": ("/connect", {"providers": MANY}),
    "arguments": ("/tools/create_crm_contact", {"account_id": "ACCOUNT", "arguments": dict.fromkeys(MANY[:2000], 1)}),
}


@pytest.mark.parametrize("label", LONG)
async def test_many_unknown_names_cost_little_and_are_answered_with_less_than_was_sent(world, label):
    path, body = LONG[label]
    caller = Asker(world, world.admin_key)
    with processor_time() as spent:
        answer = await caller.send("POST", path, body)
    assert answer.status_code == 422, answer.text[:500]
    assert len(answer.json()["errors"]) <= MOST_PROBLEMS
    assert len(answer.content) < len(answer.request.content)
    assert spent.seconds < 0.6, "a body of a megabyte holds three times as many"


async def test_an_agent_learns_the_tools_that_it_has(world, asker):
    said = await asker.said(PLACES["tool"], "list_crm_contact")
    assert said == unknown_name("tool", "list_crm_contact", asker.tools)
    assert set(asker.tools) <= all_tool_names(world.services.catalog) | {"get_approval"}


@pytest.mark.parametrize(
    ("name", "names", "hint"),
    [
        ("contcats", ["contacts", "companies"], " Did you mean 'contacts'?"),
        ("CONTACTS", ["contacts"], " Did you mean 'contacts'?"),
        ("hubspot", ["HubSpot"], " Did you mean 'HubSpot'?"),
        ("zzz", ["contacts"], ""),
        ("", ["contacts"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_name(name, names, hint):
    assert did_you_mean(name, names) == hint
    assert unknown_name("model", name, names) == f"unknown model.{hint} Known: {', '.join(names) or 'none'}"


async def test_thousands_of_unknown_names_make_no_long_answer(world):
    """Of which each costs time, and is repeated to the caller."""
    names = [f"{number}{'x' * 500}" for number in range(1_500)]
    account = {"provider": "hubspot", "name": "a", "credentials": {"type": "bearer", "token": "t"}}
    asked = {
        ("POST", "/accounts"): account | {"settings": dict.fromkeys(names, "1")},
        ("PUT", f"/accounts/{world.accounts['hubspot']}/resources"): {name: {"ids": ["1"]} for name in names},
        ("PATCH", "/tenant"): dict.fromkeys(names, "1"),
        ("POST", "/webhooks"): {"url": "https://hooks.example", "events": names},
        ("POST", "/crm/contacts"): dict.fromkeys(names, "1"),
    }
    for (method, path), body in asked.items():
        answer = (
            await world.send(method, path, body)
            if path.startswith("/crm")
            else await world.client.request(method, path, json=body)
        )
        assert answer.status_code == 422, answer.text[:200]
        assert len(answer.json()["errors"]) <= 100
        assert len(answer.content) < 128 * 1024, (path, len(answer.content))
