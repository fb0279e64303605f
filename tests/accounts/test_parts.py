"""Credentials of several parts: asked for one by one, sealed together, sent where the provider file says, never shown."""

import httpx2
import msgspec
import pytest

from tests.acme import PROVIDER, open_acme
from tests.world import add_key
from unified.api.views.accounts import account_view
from unified.api.views.catalog import provider_view
from unified.errors.providers import ProviderValidation
from unified.errors.requests import ValidationFailed
from unified.service.access.principals import authenticate
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import get_account
from unified.service.accounts.checking import check_account
from unified.service.connect import (
    ConnectChoice,
    Connected,
    NewLink,
    begin_authorization,
    create_link,
    new_browser_secret,
    open_link,
)
from unified.web.connect.consent import ConsentForm, FormField, build_consent
from unified.web.html.rendering import _templates

PARTS = PROVIDER.replace(
    "auth: [{type: bearer}]",
    """\
auth:
  - type: parts
    parts:
      app_key: {title: Application key, description: In the settings, example: 0a1b}
      account: {title: Account number, secret: false, pattern: "[0-9]+"}
      note: {title: Note, form: pem, secret: false}
    headers: {X-App-Key: "{app_key}"}
    basic: {username: "{account}", password: "{app_key}"}""",
)
MAPPING = """\
record: |
  {"id": id}
list:
  - request: GET /people
"""
KEY = "planted-key-4711"
PEM = "-----BEGIN NOTE-----\nQUJD\n-----END NOTE-----"
GIVEN = {"type": "parts", "app_key": KEY, "account": "100200", "note": PEM}


class Provider:
    """Accepts one application key, and repeats in its refusals what it got."""

    def __init__(self, key=KEY, status=401):
        self.status = status
        self.key = key
        self.seen = []

    def __call__(self, request):
        self.seen.append(request.headers)
        if request.headers["x-app-key"] != self.key:
            got = f"{request.headers['x-app-key']} {request.headers['authorization']} of account 100200"
            return httpx2.Response(self.status, json={"message": got})
        return [{"id": 1}]


def opened(tmp_path, provider, credentials=GIVEN):
    text = PARTS + "errors: {message: message}\n"
    return open_acme(tmp_path, MAPPING, provider, provider=text, credentials=credentials)


async def test_each_part_is_sent_in_its_place(tmp_path):
    provider = Provider()
    async with opened(tmp_path, provider) as acme:
        assert [one["id"] for one in (await acme.list()).data] == ["1"]
        assert provider.seen[-1]["x-app-key"] == KEY
        assert provider.seen[-1]["authorization"] == "Basic MTAwMjAwOnBsYW50ZWQta2V5LTQ3MTE="
        shown = msgspec.json.encode(account_view(await get_account(acme.services, acme.principal.tenant_id, acme.account)))
        assert b'"masked":"\xe2\x80\xa64711"' in shown
        assert KEY.encode() not in shown


async def test_no_part_is_repeated_in_an_error(tmp_path):
    async with opened(tmp_path, Provider("other", 400)) as acme:
        with pytest.raises(ProviderValidation) as caught:
            await acme.list()
    assert caught.value.provider.message == "… Basic … of account 100200"


async def test_parts_are_replaced_together(tmp_path):
    provider = Provider("other-key-0815")
    async with opened(tmp_path, provider) as acme:
        where = (acme.services, acme.principal.tenant_id, acme.account)
        with pytest.raises(ValidationFailed) as caught:
            await update_account(*where, AccountPatch(credentials={"type": "parts", "app_key": provider.key}))
        assert caught.value.errors[0].pointer == "/credentials/account"
        await update_account(*where, AccountPatch(credentials=GIVEN | {"app_key": provider.key}))
        assert (await check_account(*where)).ok


async def test_the_connect_page_asks_for_each_part(tmp_path):
    provider = Provider()
    async with opened(tmp_path, provider) as acme:
        key = await add_key(acme.services, acme.principal.tenant_id, name="admin", role="admin")
        maker = await authenticate(acme.services, f"Bearer {key}")
        _, url = await create_link(acme.services, maker, NewLink(provider="acme"))
        link = await open_link(acme.services, url.split("/")[-1].split("?")[0], url.partition("token=")[2])
        offer = link.providers[0]
        product = acme.services.catalog.provider(offer.name)
        form = ConsentForm(provider=product, offer=offer, kind=offer.kinds[0], values={}, problems={}, language="en")
        page = build_consent(form)
        shown = [(one.name, one.label, one.hint, one.secret, one.has_lines) for one in page.credentials]
        assert shown == [
            ("credential.app_key", "Application key", "In the settings. Example: 0a1b", True, False),
            ("credential.account", "Account number", "", False, False),
            ("credential.note", "Note", "", False, True),
        ]
        given = {name: value for name, value in GIVEN.items() if name != "type"}
        choice = ConnectChoice(provider="acme", kind="parts", credentials=given)
        done = await begin_authorization(acme.services, link, choice, new_browser_secret())
        assert isinstance(done, Connected)
        assert provider.seen[-1]["x-app-key"] == KEY


async def test_the_catalog_says_which_parts_a_caller_must_send(tmp_path):
    async with opened(tmp_path, Provider()) as acme:
        parts = provider_view(acme.services.catalog, "acme").parts["parts"]
    assert list(parts) == ["app_key", "account", "note"]
    assert (parts["account"].title, parts["account"].secret) == ("Account number", False)


def test_a_key_of_several_lines_is_entered_in_an_area_and_other_secrets_are_hidden():
    fields = (
        FormField(name="credential.key", label="Key", secret=True, has_lines=True, problem="Wrong"),
        FormField(name="credential.token", label="Token", secret=True),
        FormField(name="credential.app", label="App"),
    )
    macros = _templates().get_template("macros.html").make_module({})
    area, hidden, plain = (str(macros.field(one)) for one in fields)
    assert '<textarea id="credential-key" name="credential.key"' in area
    assert 'aria-invalid="true" aria-describedby="credential-key-problem "' in area
    assert "<input" not in area
    assert 'type="password"' in hidden
    assert 'type="text"' in plain
