"""Signing: each type of credentials puts its secret in its one place, and nowhere else."""

import base64

import pytest

from unified.errors.providers import ConnectionUnauthorized
from unified.errors.requests import ValidationFailed
from unified.transport.auth import Signature, check_credentials, rules_for, secret_values, secrets_to_hide, shown_part, sign

SECRET = "planted-Secret/1+="


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


PARTS = """\
auth:
  - type: parts
    parts:
      app_key: {title: Application key}
      account: {title: Account, secret: false, pattern: "[0-9]+"}
      certificate: {title: Certificate, form: pem}
    headers: {X-App-Key: "{app_key}", X-Account: "no {account}"}
    query: {k: "{app_key}"}
    basic: {username: "{account}", password: "{app_key}"}
"""
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SEVERAL = {"type": "parts", "account": "42", "app_key": SECRET, "certificate": PEM}
OAUTH = "auth: [{type: oauth2, authorize_url: a, token_url: b%s}]\n"
SIGNED = [
    ("auth: [{type: bearer}]\n", {"type": "bearer", "token": SECRET}, {"Authorization": f"Bearer {SECRET}"}, ()),
    ("auth: [{type: bearer, header: X-Key, prefix: ''}]\n", {"type": "bearer", "token": SECRET}, {"X-Key": SECRET}, ()),
    (
        "auth: [{type: basic}]\n",
        {"type": "basic", "username": "ada", "password": SECRET},
        {"Authorization": basic(f"ada:{SECRET}")},
        (),
    ),
    (
        'auth: [{type: basic, username: "{username}/token"}]\n',
        {"type": "basic", "username": "ada@x.test", "password": SECRET},
        {"Authorization": basic(f"ada@x.test/token:{SECRET}")},
        (),
    ),
    (
        "auth: [{type: basic}]\n",
        {"type": "basic", "username": "{password}", "password": "ü{0}"},
        {"Authorization": basic("{password}:ü{0}")},
        (),
    ),
    ("auth: [{type: api_key}]\n", {"type": "api_key", "key": SECRET}, {"Authorization": SECRET}, ()),
    (
        "auth: [{type: api_key, header: X-Api-Key, prefix: 'Key '}]\n",
        {"type": "api_key", "key": SECRET},
        {"X-Api-Key": f"Key {SECRET}"},
        (),
    ),
    ("auth: [{type: api_key, query: api_token}]\n", {"type": "api_key", "key": SECRET}, {}, (("api_token", SECRET),)),
    (
        "auth: [{type: api_key, basic: username}]\n",
        {"type": "api_key", "key": SECRET},
        {"Authorization": basic(f"{SECRET}:x")},
        (),
    ),
    (
        PARTS,
        SEVERAL,
        {"X-App-Key": SECRET, "X-Account": "no 42", "Authorization": basic(f"42:{SECRET}")},
        (("k", SECRET),),
    ),
    (OAUTH % "", {"type": "oauth2", "access_token": SECRET}, {"Authorization": f"Bearer {SECRET}"}, ()),
    (
        OAUTH % ", prefix: 'OAuth '",
        {"type": "oauth2", "access_token": SECRET, "refresh_token": "planted-refresh"},
        {"Authorization": f"OAuth {SECRET}"},
        (),
    ),
    (OAUTH % "", {"type": "bearer", "token": SECRET}, {"Authorization": f"Bearer {SECRET}"}, ()),
]


@pytest.mark.parametrize(("text", "credentials", "headers", "query"), SIGNED)
def test_credentials_are_placed_as_the_provider_file_says(provider, text, credentials, headers, query) -> None:
    signature = sign(provider(text), credentials)
    assert signature.headers == headers
    assert signature.query == query


@pytest.mark.parametrize(("text", "credentials"), [case[:2] for case in SIGNED])
def test_no_secret_is_in_printed_output(provider, text, credentials) -> None:
    shown = repr(sign(provider(text), credentials))
    for secret in secrets_to_hide(provider(text), credentials):
        assert secret not in shown


def test_a_printed_signature_names_its_places() -> None:
    assert repr(Signature(headers={"X-Key": "s"}, query=(("k", "s"),))) == "Signature(headers=['X-Key'], query=['k'])"


def test_a_printed_connection_has_no_secret(connection) -> None:
    assert SECRET not in repr(connection(credentials={"type": "bearer", "token": SECRET}))


REFUSED = [
    (None, "/credentials/type", "expected one of api_key, basic, bearer, client_credentials, jwt_bearer, oauth2, parts"),
    (
        {"type": "password"},
        "/credentials/type",
        "expected one of api_key, basic, bearer, client_credentials, jwt_bearer, oauth2, parts",
    ),
    (
        {"type": ["bearer"]},
        "/credentials/type",
        "expected one of api_key, basic, bearer, client_credentials, jwt_bearer, oauth2, parts",
    ),
    ({"type": "bearer"}, "/credentials/token", "expected printable text of 1 to 16384 characters"),
    ({"type": "bearer", "token": ""}, "/credentials/token", "expected printable text of 1 to 16384 characters"),
    ({"type": "bearer", "token": 5}, "/credentials/token", "expected printable text of 1 to 16384 characters"),
    ({"type": "bearer", "token": "a\r\nX: 1"}, "/credentials/token", "expected printable text of 1 to 16384 characters"),
    ({"type": "bearer", "token": "a" * 16_385}, "/credentials/token", "expected printable text of 1 to 16384 characters"),
    ({"type": "bearer", "token": "tökén"}, "/credentials/token", "expected ASCII text, because it is sent in a header"),
    ({"type": "bearer", "token": "a", "secret": "b"}, "/credentials/secret", "unknown key. Known: token"),
    ({"type": "basic", "username": "a"}, "/credentials/password", "expected printable text of 1 to 16384 characters"),
    (
        {"type": "oauth2", "access_token": "a", "expires_at": 5},
        "/credentials/expires_at",
        "expected text",
    ),
    (
        {"type": "oauth2", "access_token": "a", "expires_at": "2026-12-31T00:00:00"},
        "/credentials/expires_at",
        "expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)",
    ),
]
ALL = "auth: [{type: bearer}, {type: basic}, {type: oauth2, authorize_url: a, token_url: b}]\n"


@pytest.mark.parametrize(("credentials", "pointer", "message"), REFUSED)
def test_credentials_that_cannot_work_are_refused_without_their_value(provider, credentials, pointer, message) -> None:
    with pytest.raises(ValidationFailed) as caught:
        check_credentials(provider(ALL), credentials)
    assert caught.value.detail == f"{pointer}: {message}"
    assert [(one.pointer, one.code, one.message) for one in caught.value.errors] == [(pointer, "invalid", message)]


def test_a_type_that_the_provider_does_not_take_is_refused(provider) -> None:
    with pytest.raises(ValidationFailed) as caught:
        check_credentials(provider("auth: [{type: basic}, {type: api_key}]\n"), {"type": "bearer", "token": SECRET})
    assert caught.value.detail == "credentials: Acme accepts api_key, basic"
    assert SECRET not in repr(caught.value.errors)


@pytest.mark.parametrize(
    "credentials",
    [
        {"type": "bearer", "token": "a"},
        {"type": "basic", "username": "ü", "password": "ö"},
        {"type": "oauth2", "access_token": "a", "refresh_token": "b", "expires_at": "2026-01-01T00:00:00Z"},
    ],
)
def test_credentials_that_fit_are_taken(provider, credentials) -> None:
    check_credentials(provider(ALL), credentials)


def test_a_bearer_token_goes_where_oauth_tokens_go_only_without_rules_of_its_own(provider) -> None:
    both = provider("auth: [{type: oauth2, authorize_url: a, token_url: b}, {type: bearer, header: X-Key}]\n")
    assert rules_for(both, "bearer") is both.auth[1]


def test_the_secrets_of_credentials_are_known(provider) -> None:
    credentials = {"type": "basic", "username": "ada", "password": "p"}
    assert secret_values(provider(ALL), credentials) == ("p",)
    assert shown_part(provider(ALL), credentials) == "p"
    oauth = {"type": "oauth2", "access_token": "a", "refresh_token": "planted-refresh", "expires_at": "2026"}
    assert secret_values(provider(ALL), oauth) == ("a", "planted-refresh")
    assert shown_part(provider(ALL), {"type": "bearer"}) == ""


def test_the_provider_file_says_which_parts_are_secret_and_which_is_shown(provider) -> None:
    assert secret_values(provider(PARTS), SEVERAL) == (SECRET, PEM)
    assert shown_part(provider(PARTS), dict(reversed(SEVERAL.items()))) == SECRET
    hidden = secrets_to_hide(provider(PARTS), SEVERAL)
    assert basic(f"42:{SECRET}").removeprefix("Basic ") in hidden
    assert "42" not in hidden


PARTS_REFUSED = [
    ({"account": None}, "/credentials/account", "expected printable text of 1 to 16384 characters"),
    ({"account": "x"}, "/credentials/account", "expected text like `123`"),
    ({"app_key": "schlüssel"}, "/credentials/app_key", "expected ASCII text, because it is sent in a header"),
    ({"app_key": "a\nb"}, "/credentials/app_key", "expected printable text of 1 to 16384 characters"),
    ({"other": "x"}, "/credentials/other", "unknown key. Known: account, app_key, certificate"),
    (
        {"certificate": "MIIB"},
        "/credentials/certificate",
        "expected text in PEM form, from `-----BEGIN …-----` to `-----END …-----`",
    ),
]


@pytest.mark.parametrize(("changes", "pointer", "message"), PARTS_REFUSED)
def test_a_part_that_cannot_be_used_is_refused(provider, changes, pointer, message) -> None:
    given = {name: value for name, value in (SEVERAL | changes).items() if value is not None}
    with pytest.raises(ValidationFailed) as caught:
        check_credentials(provider(PARTS), given)
    assert caught.value.detail == f"{pointer}: {message}"


def test_parts_that_fit_are_taken(provider) -> None:
    check_credentials(provider(PARTS), SEVERAL)
    check_credentials(provider(PARTS), SEVERAL | {"certificate": PEM.replace("\n", "\r\n") + PEM})


def test_a_part_that_the_file_asks_for_since_then_needs_a_new_connection(provider) -> None:
    with pytest.raises(ConnectionUnauthorized) as caught:
        sign(provider(PARTS), {"type": "parts", "app_key": SECRET, "certificate": PEM})
    assert caught.value.detail == "the account's credentials lack account; connect it again"
