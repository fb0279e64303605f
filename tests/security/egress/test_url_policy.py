"""URLs: refused by their text alone, by one rule at a time, in words that show nothing of the URL."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import each
from tests.security.egress.rows import FORMS, LITERALS, NAMES, PUBLIC, SHORTHANDS
from unified.errors.providers import DestinationRefused
from unified.errors.requests import ValidationFailed
from unified.transport.egress.addresses import Egress
from unified.transport.egress.url_policy import check_given_target, check_target, target_problem

NOBODY = Egress()
LOCAL = Egress(allow_loopback=True)


def in_url(host: str) -> str:
    return f"https://[{host}]/".replace("%", "%25") if ":" in host else f"https://{host}/"


HOSTS = [(row, in_url(host)) for row, host in (*LITERALS, *SHORTHANDS)]
REFUSED = [*HOSTS, *NAMES, *FORMS]


@each("url", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_url_that_may_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(DestinationRefused) as caught:
        check_target(url, NOBODY)
    assert (caught.value.status, caught.value.code, caught.value.retryable) == (502, "destination_refused", False)
    assert caught.value.detail.startswith("the call was not sent: expected ")
    assert caught.value.provider is None


ALLOWED = [
    *(in_url(host) for _, host in PUBLIC),
    "https://api.acme.test",
    "https://api.acme.test/v1?a=b@c:d#e",
    "HTTPS://API.Acme.TEST/",
    "https://api.acme.test:443/",
    "https://xn--bcher-kva.example/",
    "https://xn--strae-oqa.example/",
    "https://xn--fiqs8s.example/",
    "https://a--b.acme.test/",
    "https://1.acme.test/",
    "https://acme.svc.test/",
    "https://" + ".".join(["a" * 63] * 3) + "." + "a" * 61 + "/",
]


@pytest.mark.parametrize("url", ALLOWED)
def test_a_public_https_url_may_be_called(url: str) -> None:
    check_target(url, NOBODY)


SHAPE = "expected a URL that starts with https:// and a host"
HOST = "expected a host of letters, digits, dots and hyphens, with a port of digits at most"
LABELS = "expected a host name of labels with 1 to 63 letters, digits and inner hyphens, 253 characters at most"
HERE = "; this machine needs UNIFIED_ALLOW_LOOPBACK=true"
MESSAGES = [
    ("mailto:a@b.test", SHAPE),
    ("https://a.test/\x07", "expected a URL without control characters"),
    ("https://a.test/\ud800", "expected a URL without control characters"),
    ("https://u@a.test/", "expected a URL without user name and password"),
    ("https://ä.test/", HOST),
    ("https:///x", HOST),
    ("https://127.0.0.1/", "expected a public address" + HERE),
    ("https://10.0.0.1/", "expected a public address"),
    ("https://127.1/", "expected a host name, or an address in its usual form"),
    ("https://a..test/", LABELS),
    ("https://xn--8g7ccp.test/", LABELS),
    ("https://localhost/", "expected a public host name" + HERE),
    ("https://metadata/", "expected a public host name, got one of an inner network"),
    ("http://a.test/", "expected https" + HERE),
    ("https://a.test:22/", "expected one of the ports 443 (UNIFIED_EGRESS_PORTS)"),
]


@pytest.mark.parametrize(("url", "message"), MESSAGES)
def test_the_message_names_the_rule(url: str, message: str) -> None:
    assert target_problem(url, NOBODY) == message


def test_a_url_that_a_caller_hands_in_is_a_failed_validation() -> None:
    check_given_target("https://a.test/hook", NOBODY, "/url")
    with pytest.raises(ValidationFailed) as caught:
        check_given_target("https://10.0.0.1/hook", NOBODY, "/url")
    assert caught.value.detail == "/url: expected a public address"
    (found,) = caught.value.errors
    assert (found.pointer, found.code, found.message) == ("/url", "invalid", "expected a public address")


LOCALS = ["http://127.0.0.1:9/x", "https://127.0.0.1:8443/", "http://localhost:9", "http://a.localhost", "http://[::1]:9/"]


@pytest.mark.parametrize("url", LOCALS)
def test_loopback_is_called_by_http_and_at_any_port_when_it_is_allowed(url: str) -> None:
    assert target_problem(url, LOCAL) is None
    assert target_problem(url, NOBODY) is not None


STILL = [
    "http://api.acme.test/",
    "https://a.test:9/",
    "http://10.0.0.1/",
    "http://ip6-localhost/",
    "http://127.1:9/",
    "ftp://127.0.0.1/",
]


@pytest.mark.parametrize("url", [*STILL, "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://u@127.0.0.1/"])
def test_nothing_else_is_opened_by_allowing_loopback(url: str) -> None:
    assert target_problem(url, LOCAL) is not None


def test_an_opened_network_opens_its_addresses_and_inner_names_but_no_scheme_and_port() -> None:
    egress = Egress(networks=(ip_network("10.20.0.0/16"),), ports=(443, 8443))
    assert target_problem("https://10.20.0.5:8443/", egress) is None
    assert target_problem("https://jira.corp.internal/", egress) is None
    for url in ("http://10.20.0.5/", "https://10.21.0.5/", "https://10.20.0.5:9/", "https://metadata.google.internal/"):
        assert target_problem(url, egress) is not None
    assert target_problem("https://intranet/", egress) == "expected a public host name, got one of an inner network"


@given(st.text(max_size=60), st.sampled_from(["https://", "http://", "", "https:", "//", "https://xn--"]))
def test_any_text_is_answered_with_one_of_the_rules_and_nothing_of_the_text(text: str, start: str) -> None:
    rules = {message for _, message in MESSAGES}
    assert target_problem(start + text, NOBODY) in {None, *rules}
