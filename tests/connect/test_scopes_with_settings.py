"""Scopes with settings in them: filled wherever they are asked for, and refused where a value would make two of one."""

from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acme import PROVIDER, write_catalog
from tests.sizes import examples
from unified.authoring.lint.lint import lint
from unified.catalog.authentication import JwtBearer, OAuth2
from unified.errors.requests import ValidationFailed
from unified.secret import Secret
from unified.service.connect.authorization import PendingAuthorization, authorize_url
from unified.transport.account_settings import check_settings
from unified.transport.connection import fill_scopes, moved_settings, settings_needed
from unified.transport.oauth import OAuthApp, _scope

SCOPES = '{always: [base, "https://{company}/all"], "crm.contacts:read": ["https://{company}/read"]}'
KINDS = {
    "oauth2": "authorize_url: https://a.example.com, token_url: https://t.example.com",
    "client_credentials": "token_url: https://t.example.com",
}
CONTACTS = "record: '{\"id\": id}'\nlist: [{request: GET /people}]\n"
CLOSED = ' ,"\\\t\n\u00e9'


def provider(kind, scopes=SCOPES):
    return PROVIDER.replace("[{type: bearer}]", f"[{{type: {kind}, {KINDS[kind]}, scopes: {scopes}}}]")


@settings(max_examples=examples(200), deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_a_value_makes_one_scope_or_is_refused(value):
    given = {"host": value}
    if set(value) & set(CLOSED) or not value.isascii() or not value.isprintable():
        with pytest.raises(ValidationFailed):
            fill_scopes(["a", "https://{host}/x"], given)
    else:
        assert fill_scopes(["a", "https://{host}/x", "a"], given) == ("a", f"https://{value}/x")


def test_a_scope_with_a_setting_that_is_not_set_is_left_out():
    assert fill_scopes(["a", "{host}/x"], {}) == ("a",)


@pytest.mark.parametrize("kind", KINDS)
def test_the_setting_is_required_and_decides_as_whom_calls_are_made(tmp_path, kind):
    rules = write_catalog(tmp_path, {"crm.contacts": CONTACTS}, provider(kind)).provider("acme")
    assert settings_needed(rules, kind) == {"company"}
    with pytest.raises(ValidationFailed, match="company"):
        check_settings(rules, {}, kind)
    assert moved_settings(rules, {"company": "a"}, {"company": "b"}) == ("company",)


def test_the_consent_page_is_asked_for_the_filled_scopes(tmp_path):
    rules = write_catalog(tmp_path, {"crm.contacts": CONTACTS}, provider("oauth2")).provider("acme").auth[0]
    assert isinstance(rules, OAuth2)
    given = {"company": "acme.example"}
    attempt = PendingAuthorization(
        provider="acme",
        settings=given,
        redirect_uri="https://u.example.com/oauth/callback/acme",
        verifier=None,
        scopes=fill_scopes(["https://{company}/all"], given),
        state="00",
    )
    app = OAuthApp(client_id=Secret("c"), client_secret=Secret("s"))
    asked = parse_qs(urlsplit(authorize_url(rules, attempt, app, "s", None)).query)
    assert asked["scope"] == ["https://acme.example/all"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_is_asked_for_with_the_filled_scopes(tmp_path, kind):
    rules = write_catalog(tmp_path, {"crm.contacts": CONTACTS}, provider(kind)).provider("acme").auth[0]
    expected = {"scope": "base https://acme.example/all https://acme.example/read"}
    assert _scope(rules, {"company": "acme.example"}) == expected


def test_an_assertion_fills_scopes_by_the_same_function():
    rules = msgspec.convert(
        {"parts": {}, "key": "k", "claims": {}, "type": "jwt_bearer", "scopes": {"always": ["{host}/x"]}}, JwtBearer
    )
    assert _scope(rules, {"host": "h"}) == {"scope": "h/x"}


WRONG = {
    "an unknown setting": (
        provider("oauth2", '{always: ["https://{compeny}/x"]}'),
        "`{compeny}` is not declared under `settings`. Did you mean 'company'? Declared: company",
    ),
    "a setting that is learned too late": (
        provider("oauth2").replace("required: false", "learned: {from: check, value: id}"),
        "`{company}` is part of an address or a scope that is needed before the provider can say it: ask for it instead",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_lint_refuses(tmp_path, text, message):
    write_catalog(tmp_path, {"crm.contacts": CONTACTS}, text)
    assert message in [one.message for one in lint(tmp_path) if one.severity == "error"]
