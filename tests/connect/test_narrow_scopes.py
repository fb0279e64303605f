"""The provider's consent page is asked for what the link allows, and for no more."""

import random
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connect.test_consent import drawn, is_agreed
from tests.sizes import FULL_SIZE
from tests.world import add_key
from unified.models import method_class
from unified.secret import Secret
from unified.service.access.consent import LinkScope, stored_consent
from unified.service.accounts.accounts import get_account
from unified.service.connect import complete_callback, new_browser_secret
from unified.service.connect.authorization import scopes_to_ask
from unified.transform.catalog import Catalog
from unified.transport.oauth import OAuthApp

SEED, DRAWS = 20261129, 400 if FULL_SIZE else 60
APP = OAuthApp(client_id=Secret("client"), client_secret=Secret("secret"))


@pytest.fixture(scope="module")
def catalog():
    return Catalog.load()


def sign_ins(catalog):
    """Providers with a consent page, with its rules."""
    return [(name, one) for name in catalog.providers() for one in catalog.provider(name).auth if hasattr(one, "authorize_url")]


def asked_for(catalog, provider, rules, consent, app=APP):
    return scopes_to_ask(SimpleNamespace(catalog=catalog), provider, rules, app, stored_consent(consent))


def needs(table, mapping, method):
    """What one operation needs, by the table: the rule once more, written apart from the product's."""
    found = []
    for row, texts in table.items():
        word, _, kind = row.partition(":")
        methods = {"create", "update", "write"} if method == "upsert" else {method, method_class(method)}
        if row == "always" or (word in {mapping.model.id, *mapping.tags} and kind in methods):
            found += texts
    return set(found)


def test_random_links_ask_for_what_they_allow_and_for_nothing_else(catalog):
    pick, narrowed = random.Random(SEED), set()
    for provider, rules in sign_ins(catalog):
        operations = [(one, method) for one in catalog.offered(provider) for method in one.methods]
        everything = set(asked_for(catalog, provider, rules, None))
        assert everything == {one for texts in rules.scopes.values() for one in texts}, provider
        for _ in range(DRAWS):
            consent = drawn(pick)
            asked = asked_for(catalog, provider, rules, consent)
            allowed = [needs(rules.scopes, *one) for one in operations if is_agreed(consent, *one)]
            assert len(asked) == len(set(asked))
            for needed in allowed:
                assert needed <= set(asked), (provider, consent)
            assert set(asked) <= set().union(rules.scopes.get("always", ()), *allowed), (provider, consent)
            narrowed |= {provider} if set(asked) < everything else set()
    assert {"attio", "bamboohr", "github", "gusto", "hibob", "hubspot", "jira", "linear", "pipedrive", "zendesk"} <= narrowed


NARROW = [
    ("hubspot", {"methods": ["read"], "models": ["crm.users"]}, "oauth crm.objects.owners.read"),
    (
        "hubspot",
        {"methods": ["read"], "models": ["crm.contacts"]},
        "oauth crm.objects.contacts.read crm.schemas.contacts.read crm.objects.companies.read",
    ),
    ("hubspot", {"methods": ["create"], "models": ["crm.custom_objects"]}, "oauth crm.objects.custom.write"),
    ("pipedrive", {"methods": ["read"], "models": ["crm.contacts"]}, "base contacts:read"),
    ("pipedrive", {"methods": ["write"], "models": ["crm.tasks"]}, "base activities:full"),
    ("attio", {"methods": ["read"], "models": ["crm.pipelines"]}, "object_configuration:read"),
    ("attio", {"methods": ["read"], "models": ["crm.users"]}, "object_configuration:read user_management:read"),
    ("github", {"methods": ["read"], "tags": ["directory"]}, "read:org read:user"),
    ("jira", {"methods": ["read"], "models": ["ticketing.tickets"]}, "read:jira-user offline_access read:jira-work"),
    ("jira", {"methods": ["create"], "models": ["ticketing.tickets"]}, "read:jira-user offline_access write:jira-work"),
    ("zendesk", {"methods": ["read"], "models": ["ticketing.tickets"]}, "read"),
    ("linear", {"methods": ["read"]}, "read"),
    ("hibob", {"methods": ["read"], "tags": ["time_off"]}, "company.metadata:read timeoff:read"),
    ("gusto", {"methods": ["read"], "tags": ["payroll"]}, "payrolls:read compensations:read"),
]


@pytest.mark.parametrize(("provider", "consent", "scopes"), NARROW)
def test_what_a_narrow_link_asks_for(catalog, provider, consent, scopes):
    rules = dict(sign_ins(catalog))[provider]
    assert " ".join(asked_for(catalog, provider, rules, consent)) == scopes


def test_a_file_without_a_table_asks_for_nothing_and_an_app_with_scopes_of_its_own_for_these(catalog):
    rules = dict(sign_ins(catalog))["hubspot"]
    bare = type(rules)(authorize_url=rules.authorize_url, token_url=rules.token_url)
    consent = {"methods": ["read"], "models": ["crm.contacts"]}
    assert asked_for(catalog, "hubspot", bare, consent) == ()
    own = OAuthApp(client_id=APP.client_id, client_secret=APP.client_secret, scopes=("oauth", "tickets"))
    assert asked_for(catalog, "hubspot", rules, consent, own) == ("oauth", "tickets")


def test_an_operation_without_a_row_asks_for_everything(catalog):
    """What it needs is not known; lint reports it."""
    rules = dict(sign_ins(catalog))["hubspot"]
    table = {row: texts for row, texts in rules.scopes.items() if not row.startswith("crm.users")}
    short = type(rules)(authorize_url=rules.authorize_url, token_url=rules.token_url, scopes=table)
    everything = {one for texts in table.values() for one in texts}
    assert set(asked_for(catalog, "hubspot", short, {"methods": ["read"], "models": ["crm.users"]})) == everything
    assert set(asked_for(catalog, "hubspot", short, {"methods": ["read"], "models": ["crm.stages"]})) < everything


def shown(url):
    return set(parse_qs(urlsplit(url).query)["scope"][0].split())


async def link_for(world, **asked):
    scope = asked.pop("scope", None)
    return await world.link(**asked, scope=None if scope is None else LinkScope(**scope))


READS = {"methods": ("read",), "models": ("crm.contacts",)}
WRITES = {"methods": ("read", "write"), "models": ("crm.contacts",)}


async def test_a_wider_link_asks_for_the_wider_scopes_and_a_plain_one_for_those_of_the_consent(world):
    first = await link_for(world, provider="hubspot", scope=READS)
    narrow = shown(await world.begun(first, "hubspot", new_browser_secret()))
    assert "crm.objects.contacts.write" not in narrow
    done = await world.connected("hubspot", first)
    assert done.missing_scopes == ()
    key = await limited_key(world)
    again = await link_by(world, key, account_id=done.account_id)
    assert shown(await world.begun(again, "hubspot", new_browser_secret())) == narrow
    wider = await link_for(world, account_id=done.account_id, scope=WRITES)
    browser = new_browser_secret()
    url = await world.begun(wider, "hubspot", browser)
    assert shown(url) == narrow | {"crm.objects.contacts.write"}
    await complete_callback(world.services, "hubspot", await world.approve(url), browser)
    row = await get_account(world.services, world.tenant, done.account_id)
    assert row.consent == {name: list(value) for name, value in WRITES.items()}
    plain = await link_by(world, world.admin_key, account_id=done.account_id)
    assert shown(await world.begun(plain, "hubspot", new_browser_secret())) == shown(url)


async def limited_key(world):
    """A key that may do something else than the owner agreed to."""
    scope = {"methods": ["read"], "models": ["crm.users"], "manage": ["connect"]}
    return await add_key(world.services, world.tenant, name="other", role="app", scope=scope)


async def link_by(world, key, **asked):
    answer = await world.api.post("/connect", json=asked, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 201, answer.text
    return await world.opened(answer.json()["url"])


async def test_the_scope_of_the_key_narrows_what_its_links_ask_for(world):
    link = await link_by(world, await limited_key(world), provider="hubspot")
    assert shown(await world.begun(link, "hubspot", new_browser_secret())) == {"oauth", "crm.objects.owners.read"}
