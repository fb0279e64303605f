"""Ids in paths (the request keeps its host, prefix and number of segments, whatever the id is)."""

import re

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unified.errors.requests import InvalidId, ValidationFailed
from unified.transform.calls.path import IdTemplate, fill, names_in, segment

BASE = "https://api.example.test/v1"
DOTS = "id: `.` and `..` cannot be ids"
CONTROL = "id: control characters and lone surrogates cannot be part of an id"
ENCODED = [
    ("plain", "1", "1"),
    ("number", 7, "7"),
    ("zero", 0, "0"),
    ("B2 parent", "../admin", "..%2Fadmin"),
    ("B2 encoded slash", "..%2fadmin", "..%252fadmin"),
    ("B2 encoded dots", "%2e%2e", "%252e%252e"),
    ("B2 all encoded", "%2e%2e%2fadmin", "%252e%252e%252fadmin"),
    ("B2 parameter", "..;/admin", "..%3B%2Fadmin"),
    ("B2 backslash", "..\\admin", "..%5Cadmin"),
    ("B3 double", "%252e%252e%252f", "%25252e%25252e%25252f"),
    ("B4 slash", "a/b", "a%2Fb"),
    ("B4 two slashes", "a//b", "a%2F%2Fb"),
    ("B4 root", "/etc", "%2Fetc"),
    ("B4 authority", "//evil.test/x", "%2F%2Fevil.test%2Fx"),
    ("B4 url", "https://evil.test/", "https%3A%2F%2Fevil.test%2F"),
    ("B5 query", "a?admin=true", "a%3Fadmin%3Dtrue"),
    ("B5 fragment", "a#frag", "a%23frag"),
    ("B5 parameter", "a;v=1", "a%3Bv%3D1"),
    ("B5 and", "a&b=c", "a%26b%3Dc"),
    ("B5 plus", "a+b", "a%2Bb"),
    ("B5 space", "a b", "a%20b"),
    ("B6 encoded line", "a%0d%0aX-Evil: 1", "a%250d%250aX-Evil%3A%201"),
    ("B7 longest", "a" * 256, "a" * 256),
    ("B8 full-width slash", "a\uff0fb", "a%EF%BC%8Fb"),
    ("B8 division slash", "a\u2215b", "a%E2%88%95b"),
    ("B8 override", "a\u202eb", "a%E2%80%AEb"),
    ("B8 emoji", "😀", "%F0%9F%98%80"),
    ("B8 composed", "é", "%C3%A9"),
    ("B8 decomposed", "e\u0301", "e%CC%81"),
    ("three dots", "...", "..."),
    ("dots and space", ".. ", "..%20"),
]


@pytest.mark.parametrize(("value", "expected"), [case[1:] for case in ENCODED], ids=[case[0] for case in ENCODED])
def test_an_id_is_one_encoded_segment(value: object, expected: str) -> None:
    path = fill("/contacts/{id}/notes", {"id": value})
    assert path == f"/contacts/{expected}/notes"
    assert httpx2.URL(BASE + path).raw_path == f"/v1{path}".encode()
    assert httpx2.URL(BASE + path).host == "api.example.test"


REFUSED = [
    ("B1 parent", "..", DOTS),
    ("B1 here", ".", DOTS),
    ("B6 line", "a\r\nX-Evil: 1", CONTROL),
    ("B6 return", "a\r", CONTROL),
    ("B6 feed", "\na", CONTROL),
    ("B6 nul", "a\x00", CONTROL),
    ("B6 delete", "a\x7f", CONTROL),
    ("B6 next line", "a\x85", CONTROL),
    ("B7 empty", "", "id: expected 1 to 256 characters, got 0"),
    ("B7 spaces", "   ", "id: expected 1 to 256 characters, got 3"),
    ("B7 long", "a" * 257, "id: expected 1 to 256 characters, got 257"),
    ("B7 huge", "a" * 1_000_000, "id: expected 1 to 256 characters, got 10000"),
    ("B8 surrogate", "a\ud800", CONTROL),
    ("B9 boolean", True, "id: expected text"),
    ("B9 object", {"a": 1}, "id: expected text"),
    ("B9 list", ["a"], "id: expected text"),
    ("B9 real number", 1.5, "id: expected text"),
    ("B9 enormous number", 10**5000, "id: expected text"),
]


@pytest.mark.parametrize(("value", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_an_id_that_could_change_the_path_is_refused(value: object, message: str) -> None:
    with pytest.raises(InvalidId) as caught:
        fill("/contacts/{id}", {"id": value})
    assert caught.value.detail == message
    assert (caught.value.status, caught.value.code) == (400, "invalid_id")


@pytest.mark.parametrize("values", [{}, {"id": None}, {"other": "1"}])
def test_a_value_that_is_missing_is_named(values: dict) -> None:
    with pytest.raises(ValidationFailed) as caught:
        fill("/contacts/{id}", values)
    assert caught.value.detail == "`id` is required for this call"
    assert [(one.pointer, one.code) for one in caught.value.errors] == [("id", "required")]


def test_of_a_part_of_an_id_the_field_is_named_that_callers_know() -> None:
    references = {"ticket_id": IdTemplate(template="{owner}:{repo}:{number}")}
    with pytest.raises(ValidationFailed) as caught:
        fill("/repos/{ticket_id.owner}/issues/{ticket_id.number}", {}, references)
    assert caught.value.detail == "`ticket_id` is required for this call"
    assert [(one.pointer, one.code) for one in caught.value.errors] == [("ticket_id", "required")]


@given(st.text(st.characters(exclude_categories=())), st.text(max_size=20))
@example("..", "a")
@example("../..", "..")
@example("a/../../b", "%2e%2e")
@example("\\..\\", ";")
def test_the_path_follows_the_template_for_any_id(first: str, second: str) -> None:
    template = "/crm/{object}/records/{id}/notes"
    try:
        path = fill(template, {"object": first, "id": second})
    except InvalidId:
        return
    url = httpx2.URL(BASE + path)
    segments = url.raw_path.decode("ascii").split("/")
    assert url.raw_path == f"/v1{path}".encode("ascii")
    assert (url.host, url.scheme, url.query, url.fragment) == ("api.example.test", "https", b"", "")
    assert [segments[i] for i in (0, 1, 2, 4, 6)] == ["", "v1", "crm", "records", "notes"]
    assert len(segments) == len(f"/v1{template}".split("/"))
    assert re.fullmatch(r"[\w.~%/-]+", path, re.ASCII)


@given(st.text(min_size=1, max_size=300))
def test_an_encoded_segment_is_decoded_to_the_same_id(text: str) -> None:
    try:
        coded = segment("id", text)
    except InvalidId:
        return
    assert httpx2.URL(f"{BASE}/{coded}").path == f"/v1/{text}"


def test_names_are_in_the_order_of_the_template() -> None:
    assert names_in("/a/{one}/b/{two}") == ("one", "two")
    assert names_in("{kind=calls|meetings}:{remote}") == ("kind", "remote")
    assert names_in("/a/b") == ()


SPLIT = [
    ("{ticket_id}:{comment_id}", "7:8", {"ticket_id": "7", "comment_id": "8"}),
    ("{kind=calls|meetings}:{remote}", "calls:1", {"kind": "calls", "remote": "1"}),
    ("{kind=calls|meetings}:{remote}", "meetings:a/b", {"kind": "meetings", "remote": "a/b"}),
    ("{a}.{b}", "1.2", {"a": "1", "b": "2"}),
]


@pytest.mark.parametrize(("template", "text", "parts"), SPLIT)
def test_a_composite_id_is_split_into_its_parts(template: str, text: str, parts: dict[str, str]) -> None:
    assert IdTemplate(template=template).split(text) == parts
    assert IdTemplate(template=template).names() == tuple(parts)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{ticket_id}:{comment_id}", "7"),
        ("{ticket_id}:{comment_id}", "7:"),
        ("{ticket_id}:{comment_id}", ":8"),
        ("{ticket_id}:{comment_id}", "7:8:9"),
        ("{ticket_id}:{comment_id}", ""),
        ("{ticket_id}:{comment_id}", "a" * 300 + ":" + "b" * 300),
        ("{kind=calls|meetings}:{remote}", "notes:1"),
        ("{kind=calls|meetings}:{remote}", "callsx:1"),
        ("{a}.{b}", "1x2"),
    ],
)
def test_an_id_of_another_form_is_refused_with_the_form(template: str, text: str) -> None:
    with pytest.raises(InvalidId) as caught:
        IdTemplate(template=template).split(text)
    assert caught.value.detail == f"expected an id of the form `{template}`"


def test_a_part_may_hold_the_separator():
    template = IdTemplate(template="{employee_id}:{policy_id}")
    built = template.build(["7", "Sick: paid 100%"])
    assert built == "7:Sick%3A paid 100%25"
    assert template.split(built) == {"employee_id": "7", "policy_id": "Sick: paid 100%"}
    assert template.split("7:100%") == {"employee_id": "7", "policy_id": "100%"}


@pytest.mark.parametrize("parts", [["7"], ["7", ""], ["", "8"], ["7", "8", "9"], []])
def test_an_id_with_a_missing_part_is_not_built(parts):
    assert IdTemplate(template="{employee_id}:{policy_id}").build(parts) is None


def test_a_part_with_choices_is_one_of_them():
    template = IdTemplate(template="{kind=calls|meetings}:{remote}")
    assert template.build(["calls", "1"]) == "calls:1"
    assert template.build(["notes", "1"]) is None
