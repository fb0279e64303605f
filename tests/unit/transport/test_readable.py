"""Bodies that are not sent as JSON are shown as they are sent, and no text of theirs looks like a field of its own."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.catalog.wire import ProviderRequest
from unified.service.approvals.views import shown_request
from unified.transport.bodies.encodings import ENCODINGS
from unified.transport.bodies.readable import INDENT, READABLE

TEXTS = st.text(alphabet=st.sampled_from("a =\n\r\t\x0b\x85\u2028:"), max_size=12)
FIELDS = st.dictionaries(
    TEXTS.filter(bool), TEXTS | st.none() | st.integers() | st.lists(TEXTS, max_size=3), min_size=1, max_size=4
)


def lines(encoding, body):
    return list(READABLE[encoding](body))


def test_a_form_is_shown_field_by_field():
    body = {"status": "won", "owner": {"id": 7}, "tags": ["a", "b"], "note": "Dear Ada,\nthanks", "due": None}
    assert lines("form", body) == [
        "status = won",
        "owner[id] = 7",
        "tags = a",
        "tags = b",
        "note =",
        "    Dear Ada,",
        "    thanks",
        "due = ",
    ]


def test_a_form_in_parts_is_shown_with_its_files():
    files = [{"_filename": "a.txt", "_type": "text/plain", "_text": "one\ntwo"}, {"_filename": 'b".png', "_base64": "AAEC"}]
    assert lines("multipart", {"subject": "Squeaky", "files": files, "more": {"a": 1}}) == [
        "subject = Squeaky",
        'files = file "a.txt", text/plain, 7 bytes',
        "    one",
        "    two",
        'files = file "b\\".png", application/octet-stream, 3 bytes',
        'more = {"a":1}',
    ]


def test_a_document_is_shown_as_one():
    assert lines("xml", {"Put": {"_version": "1", "Name": "A < B", "Email": None}}) == [
        '<Put version="1">',
        "  <Name>A &lt; B</Name>",
        "  <Email/>",
        "</Put>",
    ]


@pytest.mark.parametrize("encoding", ["form", "multipart"])
@given(body=FIELDS)
def test_each_field_has_one_line_that_begins_one(encoding, body):
    shown = [one for one in lines(encoding, body) if not one.startswith(INDENT)]
    sent = parse_qsl(ENCODINGS["form"](body)[1].decode(), keep_blank_values=True)
    assert len(shown) == len(sent)
    assert all(" =" in one and "\n" not in one for one in shown)


@pytest.mark.parametrize("encoding", ["form", "multipart", "xml"])
def test_an_approver_is_told_the_form(encoding, connection):
    request = ProviderRequest(method="POST", path="/x", body={"a": "1"}, encoding=encoding)
    assert (shown_request(connection(), request).encoding, shown_request(connection(), request).body) == (encoding, {"a": "1"})


def test_json_and_no_body_need_no_word(connection):
    shown = [
        shown_request(connection(), ProviderRequest(method="POST", path="/x", **more))
        for more in ({"body": {}}, {"encoding": "form"})
    ]
    assert [one.encoding or None for one in shown] == [None, None]
