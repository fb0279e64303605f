"""XML as JSON values and back by one rule, bounded, and without a document type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.errors.providers import ProviderMalformed
from unified.errors.requests import MalformedRequest
from unified.text import xml_text
from unified.text.xml_text import decode_xml, encode_xml, xml_lines

READ = [
    ("<people/>", {"people": None}),
    ("<p><name> Ada </name><id>7</id></p>", {"p": {"name": "Ada", "id": "7"}}),
    ("<p><t>a</t><t>b</t><t/></p>", {"p": {"t": ["a", "b", None]}}),
    ("<p><t>a</t><o/><t>b</t></p>", {"p": {"t": ["a", "b"], "o": None}}),
    ('<f id="3">Ada</f>', {"f": {"_id": "3", "_": "Ada"}}),
    ('<f id="3"/>', {"f": {"_id": "3"}}),
    ("<p>before<b>in</b>after</p>", {"p": {"b": "in", "_": "beforeafter"}}),
    ("<p><_id>3</_id></p>", {"p": {"__id": "3"}}),
    ('<s:E xmlns:s="urn:x" xmlns="urn:y"><s:B><n s:k="1">x</n></s:B></s:E>', {"E": {"B": {"n": {"_k": "1", "_": "x"}}}}),
    ('<p xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>', {"p": None}),
    ('<p xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="T">1</p>', {"p": "1"}),
    ("<?xml version='1.0'?><!-- c --><p><?do it?><![CDATA[<&>]]>&lt;&#233;</p>", {"p": "<&><é"}),
    ("<p>\n  <a>1</a>\n</p>\n", {"p": {"a": "1"}}),
]


@pytest.mark.parametrize(("text", "value"), READ, ids=range(len(READ)))
def test_a_document_is_an_object(text, value):
    assert decode_xml(text.encode()) == value


def test_other_encodings_are_read_and_an_empty_body_is_none():
    assert decode_xml('<?xml version="1.0" encoding="ISO-8859-1"?><p>é</p>'.encode("latin-1")) == {"p": "é"}
    assert decode_xml("<p>é</p>".encode("utf-16")) == {"p": "é"}
    assert decode_xml(b" \n") is None


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'
REFUSED = [
    (LAUGHS, "the answer has a document type, which is not read"),
    ('<!DOCTYPE p SYSTEM "file:///etc/passwd"><p/>', "the answer has a document type, which is not read"),
    ("<p>&a;</p>", "expected XML, got markup that is not XML"),
    ("<p>", "expected XML, got markup that is not XML"),
    ("<p/><q/>", "expected XML, got markup that is not XML"),
    ('{"p": 1}', "expected XML, got text that is not XML"),
    ('<?xml version="1.0" encoding="nonsense"?><p/>', "expected XML, got markup that is not XML"),
    ("<p>" * 65 + "</p>" * 65, "the answer is nested too deeply"),
    (f"<p>{'<a/>' * 20}</p>", "the answer has more than 20 elements and attributes"),
    (f"<p {' '.join(f'a{n}=' + repr('1') for n in range(20))}/>", "the answer has more than 20 elements and attributes"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_unread_documents(monkeypatch, text, message):
    monkeypatch.setattr(xml_text, "MAX_NODES", 20 if "20" in message else 200_000)
    with pytest.raises(ProviderMalformed) as caught:
        decode_xml(text.encode())
    assert caught.value.detail == message


def test_sixty_four_levels_are_read():
    assert decode_xml(("<p>" * 64 + "</p>" * 64).encode()) is not None


WRITTEN = [
    ({"p": None}, "<p/>"),
    ({"p": {"a": 1, "b": True, "c": 2.5, "d": "x"}}, "<p><a>1</a><b>true</b><c>2.5</c><d>x</d></p>"),
    ({"p": {"t": ["a", None], "e": []}}, "<p><t>a</t><t/></p>"),
    ({"p": {"_id": 3, "_x": None, "_": "Ada"}}, '<p id="3">Ada</p>'),
    ({"p": {"__id": 3}}, "<p><_id>3</_id></p>"),
    ({"s:E": {"_xmlns:s": "urn:x", "s:B": "a"}}, '<s:E xmlns:s="urn:x"><s:B>a</s:B></s:E>'),
    ({"p": {"_q": 'a"<\n', "_": "<a & b>\n\r"}}, '<p q="a&quot;&lt;&#10;">&lt;a &amp; b&gt;\n&#13;</p>'),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=range(len(WRITTEN)))
def test_an_object_is_a_document(value, text):
    assert encode_xml(value).decode() == f'<?xml version="1.0" encoding="UTF-8"?>{text}'


NOT_SENT = [
    ([1], "body: expected an object with one key, the name of the document's element; it was not sent"),
    ({"a": 1, "b": 2}, "body: expected an object with one key, the name of the document's element; it was not sent"),
    ({"a": [1, 2]}, "body: expected an object with one key, the name of the document's element; it was not sent"),
    ({"a": {"b c": 1}}, "body: `b c` cannot be the name of an element or attribute; it was not sent"),
    ({"a><b": 1}, "body: `a><b` cannot be the name of an element or attribute; it was not sent"),
    ({"a": {"_b=": "1"}}, "body: `b=` cannot be the name of an element or attribute; it was not sent"),
    ({"a": {"_b": {"c": 1}}}, "body: an attribute or text is an object or list; it was not sent"),
    ({"a": "\x00"}, "body: a text has a character that XML does not have; it was not sent"),
]


@pytest.mark.parametrize(("value", "message"), NOT_SENT, ids=range(len(NOT_SENT)))
def test_an_invalid_document_is_not_sent(value, message):
    with pytest.raises(MalformedRequest) as caught:
        encode_xml(value)
    assert caught.value.detail == message


LETTERS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=9)
NAMES = st.sampled_from(["a", "b", "_c", "__d", "e-f", "g.h"])
LEAVES = st.one_of(st.none(), LETTERS.map(str.strip).filter(bool))
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3), max_leaves=9)


def is_written(value):
    """An attribute is a text; objects in it, and nulls, are no document that reads back."""
    if not isinstance(value, dict):
        return True
    return all(isinstance(one, str) if key == "_c" else is_written(one) for key, one in value.items())


@given(TREES.filter(is_written))
def test_written_documents_read_back(value):
    assert decode_xml(encode_xml({"root": value})) == {"root": value}


def test_lines_for_people_are_indented():
    lines = list(xml_lines({"p": {"_id": 1, "a": {"b": "x > y", "c": None}, "d": "e"}}))
    assert lines == [
        '<p id="1">',
        "  <a>",
        "    <b>x &gt; y</b>",
        "    <c/>",
        "  </a>",
        "  <d>e</d>",
        "</p>",
    ]


NESTED = st.recursive(
    st.none() | st.text("ab <&>/", min_size=1, max_size=4).map(str.strip),
    lambda inner: st.dictionaries(NAMES, inner),
    max_leaves=9,
)


@given(NESTED.filter(is_written))
def test_the_lines_of_a_document_are_the_document(value):
    """Each element that holds others is on lines of its own, indented by its depth; nothing is lost or added."""
    lines = list(xml_lines({"root": value}))
    assert "".join(line.lstrip(" ") for line in lines) == encode_xml({"root": value}).decode().partition("?>")[2]
    depth = 0
    for line in lines:
        bare = line.lstrip(" ")
        depth -= bare.startswith("</")
        assert len(line) - len(bare) == 2 * depth, lines
        assert bare.count("</") <= 1, lines
        depth += "<" in bare and not bare.startswith("</") and "</" not in bare and not bare.endswith("/>")
    assert depth == 0
