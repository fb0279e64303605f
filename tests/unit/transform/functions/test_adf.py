"""Atlassian documents to text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.transform.functions.adf import adf, adf_text


def _node(kind, *content, **attrs):
    return {"type": kind, "attrs": attrs, "content": list(content)}


def _text(value):
    return {"type": "text", "text": value, "marks": [{"type": "strong"}]}


def _paragraph(value):
    return _node("paragraph", _text(value))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (_node("heading", _text("a"), level=3), "### a"),
        (_node("bulletList", _node("listItem", _paragraph("a")), _node("listItem", _paragraph("b"))), "- a\n- b"),
        (_node("orderedList", _node("listItem", _paragraph("a"), _paragraph("b")), order=9), "9. a\n   b"),
        (
            _node("bulletList", _node("listItem", _paragraph("a"), _node("bulletList", _node("listItem", _paragraph("b"))))),
            "- a\n  - b",
        ),
        (_node("codeBlock", _text("x\ny"), language="py"), "```py\nx\ny\n```"),
        (_node("blockquote", _paragraph("a"), _paragraph("b")), "> a\n> \n> b"),
        (_node("paragraph", _text("a"), {"type": "hardBreak"}, _text("b")), "a\nb"),
        (_node("paragraph", _node("mention", text="Ada"), _text(" "), _node("emoji", shortName=":x:")), "@Ada :x:"),
        (_node("paragraph", _node("inlineCard", url="https://x.org"), _node("status", text="DONE")), "https://x.orgDONE"),
        (_node("paragraph", _node("date", timestamp="1767225600000")), "2026-01-01"),
        (_node("mediaSingle", _node("media", id="1", alt="a cat")), "a cat"),
        (
            _node(
                "table",
                _node("tableRow", _node("tableHeader", _paragraph("a")), _node("tableHeader", _paragraph("b"))),
                _node("tableRow", _node("tableCell", _paragraph("c")), _node("tableCell")),
            ),
            "a | b\nc | ",
        ),
        (_node("rule"), "---"),
        (_node("panel", _paragraph("a"), _paragraph("b")), "a\n\nb"),
        (_node("somethingNew", _node("other", _paragraph("a"))), "a"),
    ],
)
def test_a_node_as_text(node, expected):
    assert adf_text({"type": "doc", "version": 1, "content": [node]}) == expected


def test_text_stays_text():
    assert adf_text("h1. wiki *text*") == "h1. wiki *text*"


@pytest.mark.parametrize(
    "node",
    [None, "x", {"type": []}, {"type": "heading", "attrs": {"level": "x"}}, {"type": "text", "text": 1}, {"content": "x"},
     {"type": "date", "attrs": {"timestamp": "soon"}}, {"type": "mention", "attrs": []}],
)  # fmt: skip
def test_malformed_nodes_give_no_text_of_their_own(node):
    doc = {"type": "doc", "content": [node, _paragraph("a")]}
    assert adf_text(doc).strip("# \n") == "a"


@pytest.mark.parametrize("kind", ["blockquote", "bulletList", "listItem", "table", "new"])
def test_deep_documents_are_refused(kind):
    doc = _paragraph("a")
    for _ in range(500):
        doc = _node(kind, doc)
    with pytest.raises(ValueError, match=r"^\$adfText: expected at most 60 levels of nodes, got more$"):
        adf_text(doc)


def test_long_documents_are_refused():
    with pytest.raises(ValueError, match=r"^\$adfText: expected at most 1000000 characters, got 1200004$"):
        adf_text(_node("doc", *[_paragraph("a" * 400_000)] * 3))


def test_adf_parts_paragraphs_and_lines():
    assert adf("a\nb\r\n\r\nc") == {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": "a"}, {"type": "hardBreak"}, {"type": "text", "text": "b"}],
            },
            {"type": "paragraph", "content": [{"type": "text", "text": "c"}]},
        ],
    }
    assert adf("")["content"] == []


def test_an_adf_document_has_no_empty_text_nodes():
    nodes = [node for block in adf("a\n \nb\n\n\nc\n")["content"] for node in block["content"]]
    assert [node.get("text") for node in nodes] == ["a", "b", "c"]


LINES = st.lists(st.text(alphabet="ab <>*#", min_size=1).filter(lambda line: line.strip()), min_size=1)


@given(st.lists(LINES.map(lambda lines: "\n".join(line.rstrip() for line in lines)), min_size=1))
def test_text_goes_there_and_back(blocks):
    assert adf_text(adf("\n\n".join(blocks))) == "\n\n".join(blocks)
