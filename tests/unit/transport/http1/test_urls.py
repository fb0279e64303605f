"""URLs are taken apart and encoded as httpx2 does it, which is how cassettes and providers know them."""

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unified.transport.http1.failures import InvalidUrl
from unified.transport.http1.urls import MAX_URL_CHARACTERS, split_url, with_query

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
PIECES = st.lists(
    st.sampled_from(["/", ".", "..", "a", "%2F", "%", "é", "?", "=", "&", " ", "+", "~", '"', "`", "{", "|", "\\", "^"])
)


def theirs(text: str) -> str:
    return httpx2.URL(text).raw_path.decode()


@given(st.one_of(TEXT, PIECES.map("".join)))
@example("/a/../../b/./c/..")
@example("//a")
@example("/.")
@example("?")
def test_a_target_is_encoded_like_theirs(rest: str) -> None:
    text = "https://api.acme.test/" + rest
    assert split_url(text).target == theirs(text)
    assert split_url(split_url(text).whole()) == split_url(text)


@pytest.mark.parametrize("rest", ["", "?a=b", "#f", "?", "/?#"])
def test_a_url_without_a_path_has_one(rest: str) -> None:
    text = "https://api.acme.test" + rest
    assert split_url(text).target == theirs(text)


PAIRS = st.lists(st.tuples(st.one_of(st.sampled_from(["a", "b", "q"]), TEXT), TEXT), min_size=1, max_size=5)


@given(st.sampled_from(["", "?a=1&b=2", "?a=1&a=2&c", "?q=%20+x", "?", "?é=1"]), PAIRS)
@example("?a=1&b=2", [("b", "x"), ("c", "y"), ("b", "z")])
def test_parameters_are_added_like_theirs(query: str, pairs: list[tuple[str, str]]) -> None:
    text = "https://api.acme.test/v1" + query
    expected = httpx2.URL(text).copy_merge_params(tuple(pairs)).raw_path.decode()
    assert with_query(split_url(text), pairs).target == expected


ORIGINS = [
    ("https://api.acme.test/a", True, "api.acme.test", 443, "api.acme.test"),
    ("HTTPS://API.acme.test/a", True, "api.acme.test", 443, "api.acme.test"),
    ("https://api.acme.test:443/a", True, "api.acme.test", 443, "api.acme.test"),
    ("https://api.acme.test:8443/a", True, "api.acme.test", 8443, "api.acme.test:8443"),
    ("http://127.0.0.1:80/a", False, "127.0.0.1", 80, "127.0.0.1"),
    ("http://localhost:443/a", False, "localhost", 443, "localhost:443"),
    ("https://[2606:4700::1111]/a", True, "2606:4700::1111", 443, "[2606:4700::1111]"),
    ("https://[2606:4700::1111]:8443/a", True, "2606:4700::1111", 8443, "[2606:4700::1111]:8443"),
]


@pytest.mark.parametrize(("text", "secure", "host", "port", "authority"), ORIGINS)
def test_an_origin_says_where_to_connect_and_what_the_host_header_is(text, secure, host, port, authority) -> None:
    origin = split_url(text).origin
    assert (origin.secure, origin.host, origin.port, origin.authority) == (secure, host, port, authority)
    assert httpx2.URL(text).netloc.decode() == authority


def test_one_origin_has_one_text_and_two_have_two() -> None:
    same = {split_url(text).origin.text for text, *_ in ORIGINS[:3]}
    assert len(same) == 1
    assert len({split_url(text).origin.text for text, *_ in ORIGINS}) == len(ORIGINS) - 2


BAD = [
    "",
    "api.acme.test/a",
    "//api.acme.test/a",
    "ftp://api.acme.test/a",
    "https:///a",
    "https://[::1",
    "https://user@api.acme.test/a",
    "https://api.acme.test:port/a",
    "https://api.acme.test:123456/a",
    "https://api acme.test/a",
    "https://äcme.test/a",
    "https://api.acme.test/a\r\nX-Evil: 1",
    "https://api.acme.test/a\x00",
    "https://api.acme.test/\x85",
    "https://api.acme.test/\ud800",
    "https://api.acme.test/" + "a" * MAX_URL_CHARACTERS,
]


@pytest.mark.parametrize("text", BAD)
def test_a_text_that_cannot_be_called_is_refused(text: str) -> None:
    with pytest.raises(InvalidUrl):
        split_url(text)
