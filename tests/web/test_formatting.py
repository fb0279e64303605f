"""Values as an approver reads them, and as an edit form takes them back."""

import pytest

from unified.service.approvals import Details
from unified.web.approvals.edit import read_values
from unified.web.html.formatting import escape_invisible, format_json, format_value
from unified.web.mcp.view import client_config
from unified.web.session.return_paths import safe_return_path, sign_in_address


def details(body):
    """What an approver is shown of a write with this body."""
    return Details(digest="sha256:0", body=body)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain\ntext\tthere", "plain\ntext\tthere"),
        ("a\u202eb\u200b\x00\x7f\u2028", "a\\u202eb\\u200b\\x00\\x7f\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("é مرحبا 漢", "é مرحبا 漢"),
        (True, "true"),
        (7, "7"),
        (["a", {"b": None}], '[\n  "a",\n  {\n    "b": null\n  }\n]'),
    ],
)
def test_values_are_whole_and_hold_nothing_that_cannot_be_seen(value, text) -> None:
    assert format_value(value) == text
    assert escape_invisible(text) == text


BODY = {"name": "a\r\nb\rc", "count": 1.5, "tags": ["x"], "note": ""}


def as_sent(**changes):
    """What a browser sends of the untouched form, and what was changed in it."""
    shown = {name: value if isinstance(value, str) else format_json(value) for name, value in BODY.items()}
    lines = {name: text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n") for name, text in shown.items()}
    return {f"value.{name}": text for name, text in {**lines, **changes}.items()}


def test_what_was_not_touched_is_exactly_what_was_asked_for() -> None:
    assert read_values(details(BODY), as_sent()) == (BODY, set())


def test_edited_values_keep_their_kind() -> None:
    found, wrong = read_values(details(BODY), as_sent(name="5", count="2", tags="null", note="x"))
    assert (found, wrong) == ({"name": "5", "count": 2, "tags": None, "note": "x"}, set())


def test_what_cannot_be_read_is_named_and_what_is_left_out_is_not_there() -> None:
    fields = {**as_sent(count="one", tags="["), "drop.tags": "1"}
    found, wrong = read_values(details(BODY), fields)
    assert wrong == {"count"}
    assert set(found) == {"name", "note"}


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Support agent", "support-agent"), ("Überblick / 2", "berblick-2"), ("漢字", "unified"), ('"}', "unified")],
)
def test_a_client_s_configuration_is_json_under_a_short_name(name, slug) -> None:
    assert f'"{slug}": {{' in client_config(name, "https://u.example/mcp/um_x", needs_key=True)
    assert "headers" not in client_config(name, "https://u.example/mcp/um_x", needs_key=False)


@pytest.mark.parametrize(
    "path", ["/ui/audit", "/ui/approvals/apr_1aZ", "/approvals/apr_1aZ", "/ui/coverage/hubspot/crm.contacts"]
)
def test_places_to_come_back_to(path) -> None:
    assert safe_return_path(path) == path
    assert sign_in_address(path, after="ended").startswith("/ui/sign-in?after=ended&next=%2F")


@pytest.mark.parametrize(
    "path", ["", "/", "//x", "/ui/audit/", "/ui/audit\n", "/ui/sign-in", "/ui/mcp/mcp_1/revoke", "http://x/ui/audit"]
)
def test_every_other_place_is_none(path) -> None:
    assert safe_return_path(path) is None
    assert sign_in_address(path) == "/ui/sign-in"
