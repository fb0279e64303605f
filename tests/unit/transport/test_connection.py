"""An account's settings stay within one host name label, and a provider's links within its own origin."""

import pytest

from unified.errors.providers import ProviderMalformed
from unified.errors.requests import ValidationFailed
from unified.transport.account_settings import check_settings

SETTINGS = (
    "auth: [{type: bearer}]\nsettings:\n  subdomain: {title: Subdomain, example: acme}\n"
    "  region: {title: Region, pattern: 'eu|us', required: false}\n"
)
BASE = "https://{subdomain}.acme.test/v1"
LABEL = "Subdomain: expected one DNS label (letters, digits, hyphens)"


@pytest.mark.parametrize("value", ["acme", "a", "A-1", "xn--bcher-kva", "0", "a" * 63])
def test_one_dns_label_is_taken(provider, value: str) -> None:
    check_settings(provider(SETTINGS), {"subdomain": value}, "bearer")


A67 = [
    "acme.evil.test/",
    "acme.evil.test",
    "acme#",
    "acme?",
    "acme:8443",
    "acme@x",
    "acme/..",
    "acme\\x",
    "a..b",
    "-a",
    "a-",
    "",
    " acme",
    "acme\n",
    "acme%2e",
    "acmé",
    "１２７",
    "a\u212a",  # the Kelvin sign, which is a k when case is ignored
    "a" * 64,
    "a" * 100_000,
    127,
    ["acme"],
]


@pytest.mark.parametrize("value", A67, ids=range(len(A67)))
def test_a_setting_that_is_more_than_one_dns_label_is_refused(provider, value: object) -> None:
    with pytest.raises(ValidationFailed) as caught:
        check_settings(provider(SETTINGS), {"subdomain": value}, "bearer")
    assert caught.value.detail == "Acme: settings cannot be used: subdomain"
    assert [(one.pointer, one.code, one.message) for one in caught.value.errors] == [("/settings/subdomain", "invalid", LABEL)]


OTHERS = [
    ({}, [("/settings/subdomain", "required", "Subdomain is required, such as `acme`")]),
    ({"subdomain": None}, [("/settings/subdomain", "required", "Subdomain is required, such as `acme`")]),
    ({"subdomain": "a", "region": "asia"}, [("/settings/region", "invalid", "Region: expected text like `eu` or `us`")]),
    ({"subdomain": "a", "region": "eu\n"}, [("/settings/region", "invalid", "Region: expected text like `eu` or `us`")]),
    (
        {"subdomain": "a", "zone": "1", "host": "x"},
        [
            ("/settings/host", "unknown", "unknown setting. Known: region, subdomain"),
            ("/settings/zone", "unknown", "unknown setting. Known: region, subdomain"),
        ],
    ),
]


@pytest.mark.parametrize(("settings", "problems"), OTHERS)
def test_every_problem_with_settings_is_named(provider, settings: dict, problems: list) -> None:
    with pytest.raises(ValidationFailed) as caught:
        check_settings(provider(SETTINGS), settings, "bearer")
    assert [(one.pointer, one.code, one.message) for one in caught.value.errors] == problems


FOLLOWED = [
    ("/v1/things?page=2", "https://acme.acme.test/v1/things?page=2"),
    ("https://acme.acme.test/v1/things?page=2", "https://acme.acme.test/v1/things?page=2"),
    ("https://acme.acme.test?page=2", "https://acme.acme.test?page=2"),
    (
        "https://acme.acme.test/v1/a?at=2026-01-01T00:00:00+01:00&to=a@b.test",
        "https://acme.acme.test/v1/a?at=2026-01-01T00:00:00+01:00&to=a@b.test",
    ),
]


@pytest.mark.parametrize(("target", "url"), FOLLOWED)
def test_a_link_of_the_same_origin_is_followed(connection, target: str, url: str) -> None:
    assert connection(SETTINGS, base_url=BASE, settings={"subdomain": "acme"}).link(target) == url


REFUSED = [
    ("A58 other authority", "//evil.test/x"),
    ("A58 backslashes", "\\\\evil.test/x"),
    ("A58 mixed", "/\\evil.test/x"),
    ("A59 user info", "https://user:pw@acme.acme.test/"),
    ("A59 user info only", "https://@acme.acme.test/"),
    ("A60 user info trick", "https://acme.acme.test@127.0.0.1/"),
    ("A60 with port", "https://acme.acme.test:443@127.0.0.1/"),
    ("A61 backslash", "https://acme.acme.test\\@evil.test/"),
    ("A61 backslash in the path", "https://acme.acme.test/\\evil.test"),
    ("A61 fragment", "https://evil.test/#@acme.acme.test/"),
    ("A62 three slashes", "https:///acme.acme.test/"),
    ("A62 no slashes", "https:acme.acme.test"),
    ("A68 other host", "https://evil.test/v1/things"),
    ("A68 longer host", "https://acme.acme.test.evil.test/v1"),
    ("A68 other account", "https://other.acme.test/v1/things"),
    ("A68 parent", "https://acme.test/v1/things"),
    ("A68 other scheme", "http://acme.acme.test/v1/things"),
    ("A68 other port", "https://acme.acme.test:8443/v1/things"),
    ("A57 script", "javascript:alert(1)"),
    ("A56 file", "file:///etc/passwd"),
    ("A65 line", "https://acme.acme.test/a\nb"),
    ("A65 tab in a path", "/\t/evil.test"),
    ("A65 space", " https://acme.acme.test/"),
    ("relative", "things?page=2"),
    ("empty", ""),
    ("query only", "?page=2"),
    ("host only", "https://acme.acme.test"),
    ("A69 metadata", "https://169.254.169.254/latest/meta-data/"),
]


@pytest.mark.parametrize("target", [case[1] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_link_to_anywhere_else_is_refused(connection, target: str) -> None:
    with pytest.raises(ProviderMalformed) as caught:
        connection(SETTINGS, base_url=BASE, settings={"subdomain": "acme"}).link(target)
    assert caught.value.detail == "pagination: the next link leads to another host, port or scheme and is not followed"


def test_an_origin_of_its_own_replaces_the_providers(connection) -> None:
    here = connection(SETTINGS, base_url=BASE, settings={"subdomain": "acme"}, origin="http://127.0.0.1:9/sandbox/acme")
    assert here.base_url() == "http://127.0.0.1:9/sandbox/acme/v1"
    assert here.replaced("https://acme.acme.test/oauth/token?x=1#f") == "http://127.0.0.1:9/sandbox/acme/oauth/token?x=1"
    assert here.link("/v1/a?b=1") == "http://127.0.0.1:9/sandbox/acme/v1/a?b=1"
    assert here.link("https://acme.acme.test/v1/a") == "http://127.0.0.1:9/sandbox/acme/v1/a"
    with pytest.raises(ProviderMalformed):
        here.link("http://127.0.0.1:90/sandbox/acme/v1/a")


def test_without_one_its_urls_stay_the_providers(connection) -> None:
    there = connection(SETTINGS, base_url=BASE, settings={"subdomain": "acme"})
    assert there.base_url() == "https://acme.acme.test/v1"
    assert there.root_url() == "https://acme.acme.test"
    assert there.replaced("https://x.test/a?b#c") == "https://x.test/a?b#c"
