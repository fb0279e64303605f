"""Settings of an account: what the provider says is asked of nobody, and what is entered is understood or refused."""

from urllib.parse import urlsplit

import httpx2
import pytest

from tests.acme import open_acme
from tests.world import catalog
from unified.catalog.provider import Learned, Provider, Setting
from unified.errors.requests import ValidationFailed
from unified.secret import Secret
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.connect.offers import _offer
from unified.transport.account_settings import check_settings, entered_settings, learned_settings
from unified.transport.connection import url_templates
from unified.transport.oauth import OAuthApp

PROVIDER = """\
name: acme
title: Acme
docs: https://acme.example.com/docs
base_url: https://acme.example.com
settings:
  region: {title: Region, choices: [eu, us], default: us}
  company: {title: Company, learned: {from: check, value: resource.uuid}}
  portal: {title: Portal, learned: {from: "GET /portals", value: "portals[0].id"}, required: false}
auth:
  - {type: bearer}
  - {type: client_credentials, token_url: "https://acme.example.com/token"}
check: {request: GET /token_info}
"""
MAPPING = """\
record: |
  {"id": id}
list:
  - request: GET /companies/{settings.company}/people
"""
ANSWERS = {
    "GET /token_info": {"resource": {"uuid": "c0"}},
    "GET /portals": {"portals": [{"id": 42}]},
    "GET /companies/c0/people": [{"id": 1}],
}


async def test_the_provider_says_what_no_one_enters(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS, provider=PROVIDER) as acme:
        row = await acme.services.rows.account(acme.principal.tenant_id, acme.account)
        assert row.settings == {"region": "us", "company": "c0", "portal": "42"}
        assert len((await acme.list()).data) == 1
        asked = _offer(acme.services, "acme", has_app=False)
        assert (list(asked.settings), asked.kinds[0].settings) == (["region"], ("region",))


async def test_a_setting_that_is_given_is_not_asked_for(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS, provider=PROVIDER, settings={"company": "c9", "portal": "7"}) as acme:
        requested = NewAccount(
            provider="acme", name="x", credentials={"type": "bearer", "token": "t"}, settings={"company": "c9", "portal": "7"}
        )
        row = await create_account(acme.services, acme.principal.tenant_id, requested)
        assert (row.settings["company"], acme.arrived) == ("c9", [])


@pytest.mark.parametrize("company", [{"uuid": "c/1"}, {"uuid": ["x"]}, {"uuid": "a" * 300}, {}, {"uuid": None}])
async def test_what_the_provider_says_in_another_form_is_not_used(tmp_path, company) -> None:
    answers = {**ANSWERS, "GET /token_info": {"resource": company}}
    with pytest.raises(ValidationFailed) as caught:
        async with open_acme(tmp_path, MAPPING, answers, provider=PROVIDER):
            pass
    assert [one.pointer for one in caught.value.errors] == ["/settings/company"]


async def test_new_credentials_learn_again_what_is_missing(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS, provider=PROVIDER) as acme:
        patch = AccountPatch(settings={}, credentials={"type": "bearer", "token": "other"})
        row = await update_account(acme.services, acme.principal.tenant_id, acme.account, patch)
        assert row.settings == {"region": "us", "company": "c0", "portal": "42"}


async def test_the_answer_with_the_token_says_settings(tmp_path) -> None:
    provider = PROVIDER.replace("{from: check, value: resource.uuid}", "{from: token, value: company_id}")
    answers = {**ANSWERS, "POST /token": {"access_token": "t", "company_id": 77}, "GET /companies/77/people": []}
    credentials = {"type": "client_credentials", "client_id": "a", "client_secret": "b"}
    async with open_acme(tmp_path, MAPPING, answers, provider=provider, credentials=credentials) as acme:
        row = await acme.services.rows.account(acme.principal.tenant_id, acme.account)
        assert row.settings["company"] == "77"
        app = OAuthApp(client_id=Secret("a"), client_secret=Secret("b"))
        url = acme.services.settings.provider_urls["acme"]
        again = await acme.services.tokens.client_credentials(acme.services.catalog.provider("acme"), {}, url, app)
        assert again.settings == {"company": "77"}


def made(**settings: Setting) -> Provider:
    return Provider(
        name="z", title="Z", docs="d", base_url="https://{subdomain}.zendesk.com/api/v2", auth=(), check=None, settings=settings
    )


ADDRESSES = [
    ("acme", "acme"),
    (" acme ", "acme"),
    ("https://acme.zendesk.com", "acme"),
    ("https://ACME.zendesk.com/agent/dashboard?x=1", "acme"),
    ("acme.zendesk.com", "acme"),
    ("https://acme.example.com", "https://acme.example.com"),
    ("https://acme.zendesk.com.evil.example", "https://acme.zendesk.com.evil.example"),
    ("https://user@acme.zendesk.com:8443/", "acme"),
    ("http://[a.b", "http://[a.b"),
]


@pytest.mark.parametrize(("entered", "value"), ADDRESSES)
def test_a_pasted_address_gives_the_part_that_is_asked_for(entered: str, value: str) -> None:
    assert entered_settings(made(subdomain=Setting(title="Subdomain")), {"subdomain": entered}) == {"subdomain": value}


def test_only_choices_are_accepted() -> None:
    provider = made(subdomain=Setting(title="Subdomain"), region=Setting(title="Region", choices=("eu", "us"), default="eu"))
    assert entered_settings(provider, {"subdomain": "a", "region": ""}) == {"subdomain": "a", "region": "eu"}
    with pytest.raises(ValidationFailed) as caught:
        check_settings(provider, {"subdomain": "a", "region": "cn"}, "bearer")
    assert caught.value.errors[0].message == "Region: expected one of eu, us"


def test_a_learned_value_is_checked_like_an_entered_one() -> None:
    rule = Setting(title="Host", learned=Learned(source="token", value="host"))
    answers = [{"host": "acme"}, {"host": "evil.example/x"}, {"host": "a@b"}, {}, "text", None, [1]]
    found = [learned_settings(made(subdomain=rule), "token", one) for one in answers]
    assert found == [{"subdomain": "acme"}, {}, {}, {}, {}, {}, {}]


async def test_a_check_that_fails_connects_nothing(tmp_path) -> None:
    answers = {**ANSWERS, "GET /token_info": httpx2.Response(401, json={})}
    with pytest.raises(Exception, match="no longer accepts"):
        async with open_acme(tmp_path, MAPPING, answers, provider=PROVIDER):
            pass


def with_port(address):
    host, slash, path = address.partition("/")
    return f"{host}:443{slash}{path}"


def addresses_of(provider, name, value):
    """What a person may copy from the address bar or a mail in place of a setting."""
    slot = f"{{{name}}}"
    hosts = [host for one in url_templates(provider) if (host := urlsplit(one).netloc).count(slot) == 1 and host != slot]
    for form in (
        *(one.replace(slot, value) for one in hosts),
        *(one.replace("{}", value) for one in provider.settings[name].addresses),
    ):
        yield from (
            form,
            f"https://{form}",
            f"https://{form}/",
            f"https://{form}/agent/tickets/1?tab=x#top",
            f"HTTPS://{with_port(form)}/a",
        )
        yield f" {form}/login \n"


def test_an_address_is_understood_for_every_setting_of_every_provider_that_is_a_part_of_one() -> None:
    known = catalog()
    tried = set()
    for provider in (known.provider(name) for name in known.providers()):
        for name, rule in provider.settings.items():
            value = rule.example or "acme"
            assert entered_settings(provider, {name: value})[name] == value
            for address in addresses_of(provider, name, value):
                tried.add((provider.name, name))
                found = entered_settings(provider, {name: address})[name]
                assert found == value, (provider.name, name, address)
            said_by_host = "part of your" in rule.description
            assert not said_by_host or (provider.name, name) in tried, f"{provider.name}.{name}: no address of it is known"
    assert len(tried) >= 8


@pytest.mark.parametrize(
    "entered",
    [
        "https://evil.example/acme.zendesk.com",
        "https://acme.zendesk.com.evil.example/",
        "https://acme.zendesk.com@evil.example/",
        "https://evil.example?acme.zendesk.com/",
        "https://a.b.zendesk.com/",
    ],
)
def test_a_setting_cannot_lead_to_another_address(entered: str) -> None:
    provider = catalog().provider("zendesk")
    with pytest.raises(ValidationFailed):
        check_settings(provider, entered_settings(provider, {"subdomain": entered}), "basic")
