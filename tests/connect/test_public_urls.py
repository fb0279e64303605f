"""Addresses: a browser is sent only to plain addresses of origins that the tenant listed."""

import pytest

from unified.errors.requests import ValidationFailed
from unified.service.public_urls import checked_origin, checked_return_url, goes_to_loopback, public_base, public_base_url
from unified.settings.settings import Settings

LISTED = ("https://app.example.com", "https://other.example:8443")
PLAIN = "expected a plain https URL of at most 2048 characters, without user name and fragment"


@pytest.mark.parametrize(
    ("given", "gives"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com/"),
        ("HTTPS://APP.example.com/Done", "https://app.example.com/Done"),
        ("https://app.example.com:443/a", "https://app.example.com/a"),
        ("https://app.example.com?a=b&c=https://evil.test/", "https://app.example.com?a=b&c=https://evil.test/"),
        ("https://app.example.com/a%20b/%C3%A9?x=%2F", "https://app.example.com/a%20b/%C3%A9?x=%2F"),
        ("https://other.example:8443/x", "https://other.example:8443/x"),
    ],
)
def test_addresses_of_listed_origins(given, gives):
    assert checked_return_url(given, LISTED, allow_loopback=False) == gives


@pytest.mark.parametrize(
    "given",
    [
        "https://evil.test/",
        "https://app.example.com.evil.test/",
        "https://evil.test/https://app.example.com",
        "https://other.example/",
        "https://app.example.com:8443/",
        "https://sub.app.example.com/",
    ],
)
def test_other_origins_name_the_listed_ones(given):
    with pytest.raises(ValidationFailed) as caught:
        checked_return_url(given, LISTED, allow_loopback=True)
    assert caught.value.errors[0].pointer == "/return_url"
    assert caught.value.errors[0].message == (
        "its origin is not one of the tenant's return_origins (PATCH /tenant). "
        "Listed: https://app.example.com, https://other.example:8443"
    )


@pytest.mark.parametrize(
    "given",
    [
        "",
        "//evil.test",
        "/done",
        "javascript:alert(1)",
        "JaVaScRiPt://app.example.com/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://app.example.com/",
        "https:app.example.com",
        "https:///app.example.com",
        "https:/app.example.com",
        "https:\\\\app.example.com",
        "https://app.example.com\\@evil.test",
        "https://app.example.com@evil.test/",
        "https://user:pw@app.example.com/",
        "https://app.example.com%2f@evil.test/",
        "https://app.example.com%40evil.test/",
        "https://%61pp.example.com/",
        "https%3A%2F%2Fapp.example.com",
        "%2F%2Fevil.test",
        "https://app.example.com/\r\nSet-Cookie: a=b",
        "https://app.example.com/%0d%0aSet-Cookie:a",
        "https://app.example.com/%00",
        "https://app.example.com/%5cevil",
        "https://app.example.com/%zz",
        "https://app.example.com/a b",
        "https://app.example.com/\x00",
        " https://app.example.com/",
        "https://app.example.com/\n",
        "https://app.example.com/#token",
        "https://app.example.com/é",
        "https://аpp.example.com/",
        "https://app。example.com/",
        "https://app.example.com:/",
        "https://app.example.com:0/",
        "https://app.example.com:x/",
        'https://app.example.com/"><script>',
        "https://app.example.com/" + "a" * 2048,
    ],
)
def test_an_address_with_more_than_an_origin_is_refused(given):
    with pytest.raises(ValidationFailed) as caught:
        checked_return_url(given, LISTED, allow_loopback=True)
    assert caught.value.detail == f"/return_url: {PLAIN}"


@pytest.mark.parametrize(
    "given", ["http://localhost:3000/a", "http://127.0.0.1/", "https://127.9.9.9:1/", "http://[::1]:3000/"]
)
def test_this_machine_where_that_is_allowed(given):
    assert checked_return_url(given, (), allow_loopback=True) == given
    with pytest.raises(ValidationFailed, match=r"Listed: none"):
        checked_return_url(given, (), allow_loopback=False)


def test_http_is_for_this_machine_only():
    with pytest.raises(ValidationFailed, match="expected https; http is for this machine only"):
        checked_return_url("http://app.example.com/", ("http://app.example.com",), allow_loopback=True)


@pytest.mark.parametrize(
    ("given", "gives"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://APP.example.com/", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_origins(given, gives):
    assert checked_origin(given, "/return_origins/0") == gives


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("https://app.example.com/path", "expected an origin such as https://app.example.com, without path"),
        ("https://*.example.com", "expected an origin such as https://app.example.com, without path"),
        ("*", "expected an origin such as https://app.example.com, without path"),
        ("null", "expected an origin such as https://app.example.com, without path"),
        ("http://app.example.com", "expected https; http is for this machine only"),
    ],
)
def test_an_invalid_origin_is_refused(given, message):
    with pytest.raises(ValidationFailed) as caught:
        checked_origin(given, "/return_origins/3")
    assert (caught.value.errors[0].pointer, caught.value.errors[0].message) == ("/return_origins/3", message)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"public_url": "https://api.example/unified"}, "https://api.example/unified"),
        ({"host": "127.0.0.1", "port": 8500}, "http://127.0.0.1:8500"),
        ({"host": "::1", "port": 8500}, "http://[::1]:8500"),
        ({"host": "localhost"}, "http://localhost:8400"),
    ],
)
def test_our_own_address(settings, address):
    assert public_base(Settings(**settings)) == public_base_url(Settings(**settings)) == address


@pytest.mark.parametrize(
    ("host", "port"), [("0.0.0.0", 80), ("::", 80), ("10.0.0.1", 80), ("api.example", 80), ("127.0.0.1", 0)]
)
def test_our_own_address_is_never_guessed(host, port):
    assert public_base_url(Settings(host=host, port=port)) is None
    with pytest.raises(ValidationFailed, match="set UNIFIED_PUBLIC_URL"):
        public_base(Settings(host=host, port=port))


@pytest.mark.parametrize(
    ("url", "is_so"),
    [
        ("http://127.0.0.1:8401/zendesk", True),
        ("http://localhost:8401", True),
        ("http://[::1]:1/", True),
        ("http://10.0.0.1/", False),
        ("http://localhost.evil.test/", False),
        (None, False),
    ],
)
def test_urls_that_lead_to_this_machine(url, is_so):
    assert goes_to_loopback(url) is is_so
