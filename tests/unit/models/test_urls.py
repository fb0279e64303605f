"""URLs of records are URLs of RFC 3986, whatever a provider wrote; one that is right is left as it is."""

import re
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.models import MODELS, conform
from unified.models.field import fields_of

CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
REFERENCE = re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]*://(?:{CHARACTER}|[\[\]])*)?{CHARACTER}*(?:#{CHARACTER}*)?")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.text("ä é%#[]{}/?:@2f", min_size=1)
FIELDS = [(model, one.name) for model in MODELS.values() for one in model.fields if one.kind == "url" and not one.is_list]


def record(model, name, value):
    needed = {one.name: "x" for one in model.fields if one.required and one.kind != "map"}
    return conform(model, {**needed, name: value})[name]


@settings(max_examples=examples(300))
@given(st.sampled_from(FIELDS), st.sampled_from(["", "https://example.com/", "https://[::1]/"]), TEXTS)
def test_every_url_is_one(field, start, text):
    found = record(*field, start + text)
    assert REFERENCE.fullmatch(found), found
    assert record(*field, found) == found
    assert unquote(found) == unquote(start + text)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://example.com/a?b=c&d=%C3%A4#e", "https://example.com/a?b=c&d=%C3%A4#e"),
        ("https://example.com/Jörg {1}", "https://example.com/J%C3%B6rg%20%7B1%7D"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://[2001:db8::1]/a[0]", "https://[2001:db8::1]/a%5B0%5D"),
        ("https://example.com/#a#b", "https://example.com/#a%23b"),
    ],
)
def test_only_what_a_url_may_not_contain_is_encoded(written, url):
    assert record(MODELS["crm.contacts"], "web_url", written) == url


def test_urls_in_lists_are_urls_too():
    for model in MODELS.values():
        nested = [one for one in model.fields if one.struct and any(inner.kind == "url" for inner in fields_of(one.struct))]
        for one in nested:
            inner = next(part.name for part in one.nested if part.kind == "url")
            needed = {part.name: "x" for part in one.nested if part.required and part.kind != "map"}
            found = record(model, one.name, [{**needed, inner: "https://example.com/ä"}])
            assert msgspec.to_builtins(found)[0][inner] == "https://example.com/%C3%A4", (model.id, one.name)
