"""What the owner of an account agreed to is what can be done, whoever calls and by whichever way."""

import random

import pytest

from tests.connect.conftest import running
from tests.sizes import FULL_SIZE
from tests.world import open_world
from unified.errors.access import EmptyScope, ScopeExceedsParent
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.models import MODELS, method_class
from unified.service.access.consent import LinkScope, consent_values, covers, link_consent, stored_consent, widest_consent
from unified.service.access.principals import authenticate
from unified.service.access.scope.scopes import UNLIMITED, Scope, allows
from unified.service.connect import ConnectChoice, NewLink, begin_authorization, create_link, new_browser_secret
from unified.service.connect.offers import _raw
from unified.service.records.opening import open_call
from unified.service.tools.catalog import offered_tools
from unified.store import accounts
from unified.store.accounts import AccountChanges

SEED, SCOPES = 20261129, 60 if FULL_SIZE else 16
PROVIDERS = ("hubspot", "jira", "attio")


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, providers=PROVIDERS) as opened:
        yield opened


async def agree(world, provider, consent):
    """The owner of an account agreed to this much."""
    changes = AccountChanges(consent=consent)
    await accounts.update(world.services.database, world.tenant, world.accounts[provider], changes)


def operations(services, provider):
    return [(one, method) for one in services.catalog.offered(provider) for method in one.methods]


def is_agreed(consent, mapping, method):
    """The rule once more, written apart from the product's."""
    if consent is None:
        return True
    needed = ("create", "update") if method == "upsert" else (method,)
    by_method = all({one, method_class(one)} & set(consent["methods"]) for one in needed)
    by_model = "models" not in consent or mapping.model.id in consent["models"]
    return by_method and by_model and ("tags" not in consent or bool(set(consent["tags"]) & set(mapping.tags)))


def drawn(pick):
    """A random consent."""
    words = ["read", "write", "custom", "list", "get", "create", "update", "delete"]
    consent = {"methods": pick.sample(words, pick.randint(1, 4))}
    if pick.random() < 0.5:
        consent["models"] = pick.sample(sorted(MODELS), pick.randint(1, 12))
    if pick.random() < 0.3:
        consent["tags"] = pick.sample(["crm", "support", "directory", "hris"], pick.randint(1, 3))
    return consent


async def outcome(world, principal, provider, mapping, method):
    try:
        await open_call(world.services, principal, world.accounts[provider], mapping.model.id, method)
    except UnifiedError as problem:
        return problem.code
    return "done"


async def test_random_consents_allow_exactly_what_they_say(world):
    """Of every operation of every model, for the key that may do everything; and the tools are those that can be called."""
    pick = random.Random(SEED)
    principal = await authenticate(world.services, f"Bearer {world.admin_key}")
    for _ in range(SCOPES):
        consent = drawn(pick)
        for provider in PROVIDERS:
            await agree(world, provider, consent)
            for mapping, method in operations(world.services, provider):
                expected = "done" if is_agreed(consent, mapping, method) else "outside_consent"
                found = await outcome(world, principal, provider, mapping, method)
                assert found == expected, (consent, provider, mapping.model.id, method)
        for tool in await offered_tools(world.services, principal):
            for row in tool.accounts:
                mapping = world.services.catalog.compiled(row.provider, tool.model)
                assert is_agreed(consent, mapping, tool.method), (consent, tool.name)


async def test_a_limited_key_is_refused_by_its_own_limit_first(world):
    await agree(world, "hubspot", {"methods": ["read"], "models": ["crm.contacts"]})
    key = await world.key(scope={"methods": ["read"], "models": ["crm.accounts"]})
    params = {"account_id": world.accounts["hubspot"]}
    for path, code in (("/crm/contacts", "outside_models"), ("/crm/accounts", "outside_consent")):
        answer = await world.client.get(path, params=params, headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (403, code)


REFUSED = [
    ("GET", "/crm/accounts", None),
    ("GET", "/crm/accounts/1", None),
    ("POST", "/crm/accounts", {"name": "x"}),
    ("POST", "/crm/contacts", {"first_name": "x"}),
    ("POST", "/crm/contacts/batch", {"items": [{"op": "create", "data": {"first_name": "x"}}]}),
    ("GET", "/crm/opportunities?expand=pipeline", None),
    ("GET", "/crm/contacts?remote_query[x]=1", None),
    ("GET", "/crm/accounts/schema", None),
    ("GET", "/crm/fields?model=accounts", None),
    ("GET", "/crm/associations?filter[source_object]=contacts&filter[source_id]=1&filter[target_object]=companies", None),
    ("GET", "/proxy/crm/v3/objects/companies", None),
    ("POST", "/proxy/crm/v3/objects/contacts", {}),
]


async def test_every_way_is_refused_with_what_to_do_and_nothing_is_sent(world):
    await agree(world, "hubspot", {"methods": ["read"], "models": ["crm.contacts", "crm.associations", "crm.opportunities"]})
    assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    for method, path, body in REFUSED:
        before = len(await world.reached())
        query = "&" if "?" in path else "?"
        answer = await world.client.request(method, f"{path}{query}account_id={world.accounts['hubspot']}", json=body)
        assert (answer.status_code, answer.json().get("code")) == (403, "outside_consent"), (path, answer.text)
        assert "POST /connect with `account_id` and a `scope`" in answer.json()["detail"]
        # A list is read before its relations are, so only what is refused itself was not sent.
        assert len(await world.reached()) == before or "expand" in path
    rows = [one for one in (await world.client.get("/audit?limit=100")).json()["data"] if one["reason"] == "outside_consent"]
    assert len(rows) >= len(REFUSED)
    assert {one["decision"] for one in rows} <= {"denied", "allowed"}
    assert sum(one["decision"] == "denied" for one in rows) >= len(REFUSED) - 1


RAW = [("GET", "read", None), ("POST", "write", {}), ("PATCH", "write", {}), ("DELETE", "write", None)]


@pytest.mark.parametrize("methods", [["read"], ["write"], ["read", "write"], ["custom", "write"]])
async def test_without_consent_to_reading_the_pass_through_reads_nothing(world, methods):
    """A write there may be a search, and is answered with the record."""
    await agree(world, "hubspot", {"methods": methods})
    row = await accounts.get(world.services.database, world.tenant, world.accounts["hubspot"])
    listed = _raw(world.services, stored_consent(row.consent))
    for method, kind, body in RAW:
        before = len(await world.reached())
        answer = await world.send(method, "/proxy/crm/v3/objects/contacts/search", body)
        is_agreed = "read" in methods and kind in methods
        assert (answer.status_code == 403, kind in listed) == (not is_agreed, is_agreed), (method, answer.text)
        assert is_agreed == (len(await world.reached()) > before)


async def test_agents_are_offered_and_can_call_only_what_was_agreed_to(world):
    await agree(world, "hubspot", {"methods": ["read"], "models": ["crm.contacts"]})
    await agree(world, "jira", {"methods": ["read"], "models": ["ticketing.tickets"]})
    listed = (await world.client.get("/tools", params={"account_id": world.accounts["hubspot"]})).json()
    names = {one["name"] for one in listed["data"]}
    assert names == {"list_crm_contacts", "get_crm_contact"}
    body = {"account_id": world.accounts["hubspot"], "arguments": {"id": "1"}}
    assert (await world.client.post("/tools/get_crm_account", json=body)).status_code == 404


async def test_no_record_is_shown_with_a_consent_to_writes_only(world):
    await agree(world, "hubspot", {"methods": ["write"]})
    created = await world.send("POST", "/crm/contacts", {"first_name": "Ada", "last_name": "L"}, **{"Idempotency-Key": "k-1"})
    assert created.status_code == 201, created.text
    record = created.json()
    assert record["id"]
    assert [name for name, value in record.items() if value not in (None, [], record["id"])] == []
    again = await world.send("POST", "/crm/contacts", {"first_name": "Ada", "last_name": "L"}, **{"Idempotency-Key": "k-1"})
    assert again.json() == record
    changed = await world.send("PATCH", f"/crm/contacts/{record['id']}", {"last_name": "Lovelace"})
    assert (changed.status_code, changed.json()["last_name"]) == (200, None)
    batch = {"items": [{"op": "create", "data": {"first_name": "Grace"}}]}
    done = await world.send("POST", "/crm/contacts/batch", batch)
    assert '"Grace"' not in done.text
    tool = {"account_id": world.accounts["hubspot"], "arguments": {"id": record["id"], "first_name": "A"}}
    answered = await world.client.post("/tools/update_crm_contact", json=tool)
    assert "Lovelace" not in answered.text


async def test_an_approver_is_not_shown_what_the_owner_keeps_to_themselves(world):
    await agree(world, "hubspot", None)
    made = await world.send("POST", "/crm/contacts", {"first_name": "Ada", "last_name": "Lovelace"})
    record = made.json()["id"]
    await agree(world, "hubspot", {"methods": ["write"]})
    asks = await world.key(scope={"methods": ["read", "write"], "writes": "approve"})
    answer = await world.send("PATCH", f"/crm/contacts/{record}", {"last_name": "King"}, Authorization=f"Bearer {asks}")
    assert answer.status_code == 202, answer.text
    shown = await world.client.get(f"/approvals/{answer.json()['approval']['id']}", headers={"Accept": "application/json"})
    assert (shown.status_code, "King" in shown.text, "Lovelace" in shown.text) == (200, True, False)


async def test_a_write_that_repeats_what_it_reads_is_shown_to_no_approver_without_reading(world):
    """Attio replaces a name whole, so the request for one part of it has the other part as it is."""
    record = (await world.send("POST", "/crm/contacts", {"first_name": "Ada", "last_name": "Lovelace"}, "attio")).json()["id"]
    asks = {"Authorization": f"Bearer {await world.key(scope={'methods': ['read', 'write'], 'writes': 'approve'})}"}
    before = await world.send("PATCH", f"/crm/contacts/{record}", {"first_name": "Augusta"}, "attio", **asks)
    await agree(world, "attio", {"methods": ["write"]})
    shown = await world.client.get(f"/approvals/{before.json()['approval']['id']}")
    assert (shown.status_code, "Lovelace" in shown.text) == (200, False)
    refused = await world.send("PATCH", f"/crm/contacts/{record}", {"first_name": "Augusta"}, "attio", **asks)
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_consent"), refused.text
    whole = await world.send("PATCH", f"/crm/contacts/{record}", {"first_name": "A", "last_name": "B"}, "attio", **asks)
    assert whole.status_code == 202, "the control: nothing is read for it"


async def test_a_providers_message_is_not_shown_to_callers_who_may_not_read(world):
    """HubSpot's refusal of a second contact with an address names the first one."""
    body = {"first_name": "Ada", "emails": [{"email": "ada@engines.example"}]}
    await world.send("POST", "/crm/contacts", body)
    words = [(await world.send("POST", "/crm/contacts", body)).json()["provider"]["message"]]
    await agree(world, "hubspot", {"methods": ["write"]})
    words.append((await world.send("POST", "/crm/contacts", body)).json()["provider"]["message"])
    assert (words[0].startswith("Contact already exists"), words[1]) == (True, None)


async def test_a_waiting_write_outside_a_new_consent_is_not_executed(world):
    record = (await world.send("POST", "/crm/contacts", {"first_name": "Ada"})).json()["id"]
    asks = await world.key(scope={"methods": ["read", "write"], "writes": "approve"})
    answer = await world.send("PATCH", f"/crm/contacts/{record}", {"last_name": "King"}, Authorization=f"Bearer {asks}")
    approval = answer.json()["approval"]
    await agree(world, "hubspot", {"methods": ["read"]})
    before = len(await world.reached())
    refused = await world.client.post(f"/approvals/{approval['id']}/approve", json={"digest": approval["digest"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_consent"), refused.text
    assert len(await world.reached()) == before


async def test_resources_are_chosen_among_what_was_agreed_to(world):
    path = f"/accounts/{world.accounts['jira']}/resources"
    chosen = {"ticketing.collections": {"ids": ["10001"]}}
    await agree(world, "jira", {"methods": ["read"], "models": ["ticketing.tickets"]})
    refused = await world.client.put(path, json=chosen)
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_consent")
    await agree(world, "jira", {"methods": ["list"], "models": ["ticketing.collections"]})
    assert (await world.client.put(path, json=chosen)).status_code == 200


# How a consent comes about


def test_a_link_asks_for_at_most_what_its_key_may_do():
    """For random keys and random requests: refused exactly if it is more, and never wider than the key."""
    from tests.world import catalog

    pick, known = random.Random(SEED), catalog()
    mappings = [known.compiled(*one) for one in known.mappings()]
    for _ in range(300 if FULL_SIZE else 60):
        parent = Scope(**drawn(pick), writes=pick.choice(("deny", "approve", "direct")))
        asked = {name: value for name, value in drawn(pick).items() if pick.random() < 0.7}
        try:
            made = link_consent(known, (parent,), LinkScope(**asked))
        except (ScopeExceedsParent, EmptyScope):
            continue
        agreed = stored_consent(consent_values(made))
        for mapping in mappings:
            for method in mapping.methods:
                if allows(agreed, mapping.model, method, mapping.tags):
                    assert allows((parent,), mapping.model, method, mapping.tags), (parent, asked, method)
                    assert "methods" in asked or method_class(method) == "read", (parent, asked, method)
                elif not asked and method_class(method) == "read":
                    assert not allows((parent,), mapping.model, method, mapping.tags), (parent, method)


def test_a_form_is_offered_all_that_a_key_may_do():
    from tests.world import catalog

    pick, known = random.Random(SEED), catalog()
    mappings = [known.compiled(*one) for one in known.mappings()]
    for _ in range(60):
        parent = Scope(**drawn(pick), writes=pick.choice(("deny", "approve", "direct")))
        try:
            widest = stored_consent(consent_values(widest_consent(known, (parent,))))
        except EmptyScope:
            continue
        for mapping in mappings:
            for method in mapping.methods:
                may = allows((parent,), mapping.model, method, mapping.tags)
                assert allows(widest, mapping.model, method, mapping.tags) is may, (parent, method)


def test_one_consent_covers_another_exactly_if_it_allows_all_of_it():
    from tests.world import catalog

    pick, known = random.Random(SEED), catalog()
    mappings = [known.compiled(*one) for one in known.mappings()]
    for _ in range(200):
        wide, narrow = stored_consent(drawn(pick)), stored_consent(drawn(pick))
        if covers(wide[0], narrow[0]):
            for mapping in mappings:
                for method in mapping.methods:
                    is_less = not allows(narrow, mapping.model, method, mapping.tags)
                    assert is_less or allows(wide, mapping.model, method, mapping.tags)
    assert all(covers(UNLIMITED, stored_consent(drawn(pick))[0]) for _ in range(50))


async def test_the_account_keeps_what_its_link_asked_for_and_a_wider_link_widens_it(tmp_path):
    async with running(tmp_path) as site:
        scope = LinkScope(methods=("read",), models=("crm.contacts",))
        link = await site.link(provider="hubspot", scope=scope)
        (offer,) = link.providers
        assert [(one.model, one.methods) for one in offer.models] == [("crm.contacts", ("list", "get"))]
        assert offer.raw == ()
        connected = await site.connected("hubspot", link)
        shown = (await site.api.get(f"/accounts/{connected.account_id}")).json()
        assert shown["consent"] == {"methods": ["read"], "models": ["crm.contacts"]}
        query = {"account_id": connected.account_id}
        assert (await site.api.get("/crm/contacts", params=query)).status_code == 200
        refused = await site.api.get("/crm/accounts", params=query)
        assert (refused.status_code, refused.json()["code"]) == (403, "outside_consent")

        reader = (await site.api.post("/api-keys", json={"name": "r", "role": "app", "scope": {"manage": ["connect"]}})).json()
        again = NewLink(account_id=connected.account_id)
        _, url = await create_link(site.services, await site.principal(reader["key"]), again)
        same = await site.opened(url)
        assert {one.model for one in same.providers[0].models} == {"crm.contacts"}
        wide = NewLink(account_id=connected.account_id, scope=LinkScope(methods=("read",)))
        _, url = await create_link(site.services, await site.principal(reader["key"]), wide)
        wider = await site.opened(url)
        assert {one.model for one in wider.providers[0].models} > {"crm.contacts"}
        await site.connected("hubspot", wider)
        shown = (await site.api.get(f"/accounts/{connected.account_id}")).json()
        assert shown["consent"] == {"methods": ["read"]}
        assert (await site.api.get("/crm/accounts", params=query)).status_code == 200
        assert (await site.api.post("/crm/contacts", params=query, json={"first_name": "x"})).status_code == 403


async def test_to_connect_again_takes_nothing_away_unless_the_link_says_so(tmp_path):
    async with running(tmp_path) as site:
        everything = LinkScope(methods=("read", "write", "custom"))
        whole = await site.connected("hubspot", await site.link(provider="hubspot", scope=everything))
        made = await site.api.post("/api-keys", json={"name": "r", "role": "app", "scope": {"manage": ["connect"]}})
        reader = await site.principal(made.json()["key"])
        _, url = await create_link(site.services, reader, NewLink(account_id=whole.account_id))
        link = await site.opened(url)
        assert "create" in {method for one in link.providers[0].models for method in one.methods}, "it lists what stays"
        await site.connected("hubspot", link)
        shown = (await site.api.get(f"/accounts/{whole.account_id}")).json()
        assert shown["consent"] == {"methods": ["read", "write", "custom"]}
        narrow = NewLink(account_id=whole.account_id, scope=LinkScope(methods=("read",)))
        _, url = await create_link(site.services, reader, narrow)
        await site.connected("hubspot", await site.opened(url))
        shown = (await site.api.get(f"/accounts/{whole.account_id}")).json()
        assert shown["consent"] == {"methods": ["read"]}


async def test_a_link_that_asks_for_too_much_or_nothing_is_refused_with_the_known_words(tmp_path):
    async with running(tmp_path) as site:
        made = await site.api.post("/api-keys", json={"name": "r", "role": "app", "scope": {"manage": ["connect"]}})
        reader = {"Authorization": f"Bearer {made.json()['key']}"}
        asked = [
            ({"scope": {"methods": ["write"]}}, reader, 403, "scope.methods: more than the key that makes the link has"),
            ({"scope": {"models": ["crm.contact"]}}, {}, 422, "Did you mean 'crm.contacts'?"),
            ({"scope": {"methods": ["reed"]}}, {}, 422, "Known:"),
            ({"scope": {"fields": {}}}, {}, 422, "Known: methods, models, tags"),
            ({"scope": {"models": []}}, {}, 422, "an empty list allows nothing"),
            ({"providers": ["hubspto"]}, {}, 422, "Known:"),
            ({"providers": []}, {}, 422, "expected at least one name"),
            ({"provider": "jira", "providers": ["hubspot"]}, {}, 422, "expected jira among them"),
            ({"language": "xx"}, {}, 422, "expected one of de, en, es, fr"),
            ({"provider": "jira", "scope": {"models": ["crm.contacts"]}}, {}, 422, "nothing that can be done at jira"),
        ]
        for body, headers, status, says in asked:
            refused = await site.api.post("/connect", json=body, headers=headers)
            assert (refused.status_code, says in refused.text) == (status, True), (body, refused.text)


async def test_only_the_providers_of_the_link_are_offered(tmp_path):
    async with running(tmp_path) as site:
        link = await site.link(providers=("zendesk", "bamboohr", "zendesk"), scope=LinkScope(models=("ticketing.tickets",)))
        assert [one.name for one in link.providers] == ["zendesk"], "nothing is left of the other one"
        choice = ConnectChoice(provider="hibob", kind="basic")
        with pytest.raises(ValidationFailed, match="expected one of zendesk"):
            await begin_authorization(site.services, link, choice, new_browser_secret())
