"""Atlassian Document Format, the JSON in which Jira stores descriptions and comments, to text and back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from unified.transform.functions.registry import function
from unified.transform.functions.text import paragraphs
from unified.transform.functions.values import bounded, missing, wrong
from unified.transform.refusal import ValueRefused
from unified_jsonata import FunctionError

MAX_DEPTH = 60
"""Levels of nested nodes; documents written by people have fewer than ten."""

MAX_LINES = 10_000
"""Lines of text that become nodes, each of some ten times its size."""

_SHOWN = "an ADF document or text"


@function("$adfText({'type': 'doc', 'content': [{'type': 'paragraph', 'content': [{'type': 'text', 'text': 'Hi'}]}]})", "Hi")
def adf_text(doc: Any) -> Any:
    """Convert a document to text with light Markdown: headings, lists, code, quotes and tables are marked, emphasis is dropped.

    Text passes through unchanged, because older projects send text. Of unknown kinds of nodes, only the content is kept.
    """
    if missing(doc):
        return doc
    if isinstance(doc, str):
        return bounded("adfText", doc)
    if not isinstance(doc, dict):
        raise wrong("adfText", _SHOWN, doc)
    return _block(doc, 0).strip("\n")


@function(
    "$adf('Hi').content",
    [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}],
)
def adf(text: Any) -> Any:
    """Convert plain text to a document: blank lines separate paragraphs, single newlines become hard breaks.

    Text of more than 10,000 lines is refused with 422.
    """
    if missing(text):
        return text
    if isinstance(text, str) and text.count("\n") + text.count("\r") >= MAX_LINES:
        raise ValueRefused(f"expected text of at most {MAX_LINES} lines", value=text)
    content = [{"type": "paragraph", "content": _lines(block)} for block in paragraphs("adf", text)]
    return {"type": "doc", "version": 1, "content": content}


def _lines(block: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for at, line in enumerate(block.split("\n")):
        nodes += [{"type": "hardBreak"}] if at else []
        nodes += [{"type": "text", "text": line}] if line else []
    return nodes


def _content(node: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = node.get("content")
    return [child for child in content if isinstance(child, dict)] if isinstance(content, list) else []


def _attribute(node: Mapping[str, Any], *names: str) -> str:
    attributes = node.get("attrs")
    values = [attributes.get(name) for name in names] if isinstance(attributes, dict) else []
    return next((value for value in values if isinstance(value, str) and value), "")


def _number(node: Mapping[str, Any], name: str, largest: int) -> int:
    attributes = node.get("attrs")
    value = attributes.get(name) if isinstance(attributes, dict) else 1
    return value if isinstance(value, int) and 1 <= value <= largest else 1


def _block(node: Mapping[str, Any], depth: int) -> str:
    if depth > MAX_DEPTH:
        raise FunctionError(f"$adfText: expected at most {MAX_DEPTH} levels of nodes, got more")
    write = _BLOCKS.get(str(node.get("type")))
    return bounded("adfText", write(node, depth) if write else _blocks(node, depth))


def _blocks(node: Mapping[str, Any], depth: int, gap: str = "\n\n") -> str:
    """Join blocks with a blank line between; a run of inline nodes among them is one line."""
    parts: list[str] = []
    inline = ""
    for child in _content(node):
        write = _INLINE.get(str(child.get("type")))
        if write:
            inline += write(child)
            continue
        parts += [inline, _block(child, depth + 1)]
        inline = ""
    return gap.join(part for part in [*parts, inline] if part)


def _heading(node: Mapping[str, Any], depth: int) -> str:
    return "#" * _number(node, "level", 6) + " " + _blocks(node, depth)


def _bullets(node: Mapping[str, Any], depth: int) -> str:
    return "\n".join(_item("- ", child, depth) for child in _content(node))


def _numbers(node: Mapping[str, Any], depth: int) -> str:
    first = _number(node, "order", 1_000_000)
    return "\n".join(_item(f"{number}. ", child, depth) for number, child in enumerate(_content(node), first))


def _item(mark: str, node: Mapping[str, Any], depth: int) -> str:
    if node.get("type") in {"bulletList", "orderedList", "taskList", "decisionList"}:
        return "  " + _block(node, depth + 1).replace("\n", "\n  ")
    return mark + _blocks(node, depth + 1, "\n").replace("\n", "\n" + " " * len(mark))


def _code(node: Mapping[str, Any], depth: int) -> str:
    return f"```{_attribute(node, 'language')}\n{_blocks(node, depth)}\n```"


def _quote(node: Mapping[str, Any], depth: int) -> str:
    return "> " + _blocks(node, depth).replace("\n", "\n> ")


def _table(node: Mapping[str, Any], depth: int) -> str:
    rows = [[_blocks(cell, depth + 2, " ").replace("\n", " ") for cell in _content(row)] for row in _content(node)]
    return "\n".join(" | ".join(cells) for cells in rows)


def _card(node: Mapping[str, Any], depth: int) -> str:  # noqa: ARG001 - the shape of every block
    return _attribute(node, "url")


def _media(node: Mapping[str, Any], depth: int) -> str:  # noqa: ARG001 - the shape of every block
    return _attribute(node, "alt")


def _rule(node: Mapping[str, Any], depth: int) -> str:  # noqa: ARG001 - the shape of every block
    return "---"


def _text(node: Mapping[str, Any]) -> str:
    text = node.get("text")
    return text if isinstance(text, str) else ""


def _mention(node: Mapping[str, Any]) -> str:
    name = _attribute(node, "text", "id")
    return name if name.startswith("@") or not name else f"@{name}"


def _date(node: Mapping[str, Any]) -> str:
    millis = _attribute(node, "timestamp")
    if not (millis.isascii() and millis.isdigit() and len(millis) <= len("9999999999999")):
        return ""
    return datetime.fromtimestamp(int(millis) // 1000, UTC).date().isoformat()


_BLOCKS: Mapping[str, Callable[[Mapping[str, Any], int], str]] = MappingProxyType(
    {
        "heading": _heading,
        "bulletList": _bullets,
        "taskList": _bullets,
        "decisionList": _bullets,
        "orderedList": _numbers,
        "codeBlock": _code,
        "blockquote": _quote,
        "table": _table,
        "blockCard": _card,
        "embedCard": _card,
        "media": _media,
        "rule": _rule,
    }
)
_INLINE: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "text": _text,
        "hardBreak": lambda _: "\n",
        "mention": _mention,
        "emoji": lambda node: _attribute(node, "text", "shortName"),
        "inlineCard": lambda node: _attribute(node, "url"),
        "status": lambda node: _attribute(node, "text"),
        "date": _date,
        "mediaInline": lambda node: _attribute(node, "alt"),
    }
)
