"""Bodies of several parts: another library reads back what was meant, and nothing can end a part early."""

from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.errors.requests import MalformedRequest
from unified.transport.bodies.multipart import encode_multipart, multipart_lines

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


def read(body: dict[str, Any]) -> list[tuple[str, str | None, str, bytes]]:
    """Return name, file name, type and content of each part."""
    kind, content = encode_multipart(body)
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
    ]


def test_each_kind_of_part() -> None:
    body = {
        "name": "Ada",
        "tags": ["a", "b"],
        "count": 3,
        "is_open": True,
        "note": None,
        "meta": {"id": 7},
        "file": {"_filename": "door.txt", "_type": "text/csv", "_text": "a,é"},
        "raw": {"_filename": "x.bin", "_base64": "AP8="},
    }
    assert read(body) == [
        ("name", None, "text/plain", b"Ada"),
        ("tags", None, "text/plain", b"a"),
        ("tags", None, "text/plain", b"b"),
        ("count", None, "text/plain", b"3"),
        ("is_open", None, "text/plain", b"true"),
        ("note", None, "text/plain", b""),
        ("meta", None, "application/json", b'{"id":7}'),
        ("file", "door.txt", "text/csv", "a,é".encode()),
        ("raw", "x.bin", "application/octet-stream", b"\x00\xff"),
    ]


def test_an_empty_list_is_cleared_as_null_is() -> None:
    """Left out, the field would stay as it was: the write would look done."""
    assert read({"name": "Ada", "tags": []}) == [("name", None, "text/plain", b"Ada"), ("tags", None, "text/plain", b"")]


@given(st.dictionaries(st.text(alphabet='ab"\r\n;', min_size=1, max_size=5), TEXT, min_size=1, max_size=4))
def test_no_name_and_no_text_ends_a_part(body: dict[str, str]) -> None:
    kind, content = encode_multipart(body)
    boundary = kind.rpartition("=")[2].encode()
    heads = [part.partition(b"\r\n\r\n") for part in content.split(b"--" + boundary + b"\r\n")[1:]]
    assert len(heads) == len(body)
    for (name, value), (head, _, rest) in zip(body.items(), heads, strict=True):
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        assert head.decode() == f'Content-Disposition: form-data; name="{quoted}"'
        assert rest.removesuffix(b"--" + boundary + b"--\r\n").decode() == f"{value}\r\n"


def test_equal_bodies_have_the_same_boundary_and_a_planted_one_is_not_used() -> None:
    body = {"a": "1"}
    kind, content = encode_multipart(body)
    assert (kind, content) == encode_multipart(body)
    assert kind != encode_multipart({"a": "2"})[0]
    other, _ = encode_multipart({"a": content.decode()})
    assert other.rpartition("=")[2].encode() not in content


REFUSED = [
    ([], "body: expected an object with at least one part; it was not sent"),
    ({}, "body: expected an object with at least one part; it was not sent"),
    (
        {"f": {"_filename": "a", "_text": "x", "_base64": "eA=="}},
        "body/f: expected _filename, _type and one of _text and _base64, each text; it was not sent",
    ),
    (
        {"f": {"_filename": "a", "text": "x"}},
        "body/f: expected _filename, _type and one of _text and _base64, each text; it was not sent",
    ),
    (
        {"f": {"_filename": "a", "_text": "x", "_type": "a/b\r\nX: 1"}},
        "body/f/_type: expected a media type such as text/plain; it was not sent",
    ),
    ({"f": {"_filename": "a", "_base64": "*"}}, "body/f/_base64: expected base64; it was not sent"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_what_cannot_be_sent_is_refused(body: Any, message: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        encode_multipart(body)
    assert caught.value.detail == message


def test_lines_for_people() -> None:
    lines = list(multipart_lines({"a": "x\ny", "f": {"_filename": "b", "_base64": "/w=="}}))
    assert lines == [
        'Content-Disposition: form-data; name="a"',
        "",
        "x",
        "y",
        "",
        'Content-Disposition: form-data; name="f"; filename="b"',
        "Content-Type: application/octet-stream",
        "",
        "(1 bytes)",
        "",
    ]
