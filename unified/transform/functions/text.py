"""Text between its formats: HTML, Markdown, base64, URLs."""

import base64 as base64_codec
import hashlib
import re
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

from unified.transform.functions.registry import function
from unified.transform.functions.values import (
    bounded,
    is_number,
    missing,
    number_text,
    object_of,
    text_of,
    utf8_of,
    word_of,
)
from unified_jsonata import FunctionError

_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "table", "hr", "dl", "figure"))
_CONTAINERS = frozenset(("section", "article", "header", "footer", "main", "nav", "aside", "form", "fieldset"))
_LINES = _CONTAINERS | {"div", "li", "tr", "ul", "ol", "address", "dt", "dd", "figcaption", "caption"}
_ROWS = frozenset(("li", "tr", "ul", "ol", "table"))
_DROPPED = frozenset(("script", "style", "title", "template"))
_SPACES = re.compile("[ \t\r\n\f\xa0]+")
_CODE = re.compile(r"(`[^`\n]+`)")
_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\\)!?\[([^\[\]\n]*)\]\([^()\n]*\)",
        r"(?<!\\)\*\*([^*\n]+)\*\*",
        r"(?<![\\\w])__([^_\n]+)__(?!\w)",
        r"(?<!\\)~~([^~\n]+)~~",
        r"(?<!\\)\*([^*\s][^*\n]*)\*",
        r"(?<![\\\w])_([^_\n]+)_(?!\w)",
        r"\\([\\`*_{}\[\]()#+.!>~|-])",
    )
)
_RULE = re.compile(r"[-*_](?: ?[-*_]){2,}")


class _Plain(HTMLParser):
    """Collects the visible text of a page; `newlines` counts those at the end of the text so far."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.newlines = 2
        self.pending = ""
        self.dropped: list[str] = []
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._block(tag)
        if tag in _DROPPED:
            self.dropped.append(tag)
        elif tag == "br":
            self._newlines(min(self.newlines + 1, 2))
        elif tag == "li":
            self.pending = "- "
        elif tag in {"td", "th"} and not self.newlines:
            self.pending = " | "
        self.pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if self.dropped and self.dropped[-1] == tag:
            self.dropped.pop()
        self._block(tag)
        self.pre = max(self.pre - (tag == "pre"), 0)

    def handle_data(self, data: str) -> None:
        if self.dropped:
            return
        text = data if self.pre else _SPACES.sub(" ", data)
        text = text.lstrip(" ") if (self.newlines or self.pending) and not self.pre else text
        if text:
            self.parts.append(self.pending + text)
            self.newlines, self.pending = 0, ""

    def _block(self, tag: str) -> None:
        if tag in _ROWS:
            self.pending = ""
        if not self.pending and (tag in _PARAGRAPHS or tag in _LINES):
            self._newlines(2 if tag in _PARAGRAPHS else 1)

    def _newlines(self, wanted: int) -> None:
        if wanted > self.newlines:
            self.parts.append("\n" * (wanted - self.newlines))
            self.newlines = wanted


@function("$plain('<p>Hello <b>Ada</b> &amp; all,</p><p>see<br>below</p>')", "Hello Ada & all,\n\nsee\nbelow")
def plain(html: Any) -> Any:
    """Convert HTML to plain text: one line per block, entities decoded, scripts and styles dropped, links as their text."""
    if missing(html):
        return html
    page = _Plain()
    page.feed(text_of("plain", html))
    page.close()
    lines = "".join(page.parts).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


@function("$html('1 < 2\\n\\nyes')", "<p>1 &lt; 2</p><p>yes</p>")
def html(text: Any) -> Any:
    """Convert plain text to HTML: escaped, blank lines separate paragraphs, single newlines become `<br>`."""
    if missing(text):
        return text
    blocks = (escape(block, quote=False).replace("\n", "<br>") for block in paragraphs("html", text))
    return "".join(f"<p>{block}</p>" for block in blocks)


def paragraphs(name: str, text: Any) -> list[str]:
    """Split text at its blank lines, without trailing spaces and carriage returns."""
    lines = text_of(name, text).replace("\r\n", "\n").replace("\r", "\n")
    blocks = "\n".join(line.rstrip() for line in lines.split("\n")).split("\n\n")
    return [stripped for block in blocks if (stripped := block.strip("\n"))]


@function("$markdownText('# Hello\\n**Ada**, see [this](https://x.org)')", "Hello\nAda, see this")
def markdown_text(md: Any) -> Any:
    """Remove the marks of Markdown: headings, emphasis, links, images, code and quotes become their text; lists stay."""
    if missing(md):
        return md
    fenced, lines = False, []
    for line in text_of("markdownText", md).replace("\r\n", "\n").split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        else:
            lines.append(line if fenced else _unmarked(line))
    return "\n".join(lines).strip("\n")


def _unmarked(line: str) -> str:
    text = line.rstrip()
    if _RULE.fullmatch(text.strip()):
        return ""
    text = text.lstrip("> ") if text.lstrip().startswith(">") else text
    title = text.lstrip("#")
    if title.startswith(" ") and title != text:
        text = title.strip().rstrip("#").rstrip()
    pieces = _CODE.split(text)
    return "".join(piece[1:-1] if at % 2 else _without_marks(piece) for at, piece in enumerate(pieces))


def _without_marks(text: str) -> str:
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    return text


@function("$base64('né')", "bsOp")
def base64(text: Any) -> Any:
    """Encode text as base64 of its UTF-8 (the language's `$base64encode` supports Latin-1 only)."""
    return text if missing(text) else base64_codec.b64encode(utf8_of("base64", text)).decode()


@function("$unbase64('bsOp')", "né")
def unbase64(text: Any) -> Any:
    """Decode base64 of UTF-8 text, in the plain or the URL alphabet, with or without padding."""
    if missing(text):
        return text
    compact = "".join(text_of("unbase64", text).split()).translate({45: "+", 95: "/"}).rstrip("=")
    try:
        return base64_codec.b64decode(compact + "=" * (-len(compact) % 4), validate=True).decode()
    except ValueError:
        raise FunctionError("$unbase64: expected base64 of UTF-8 text, got other text") from None


@function("$digest('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
def digest(text: Any) -> Any:
    """Return the SHA-256 of the text's UTF-8, in hexadecimal."""
    return text if missing(text) else hashlib.sha256(utf8_of("digest", text)).hexdigest()


@function("$urlQuery({'q': 'a & b', 'tag': ['x', 'y'], 'none': null})", "q=a%20%26%20b&tag=x&tag=y")
def url_query(object: Any) -> Any:  # noqa: A002 - names are what authors read
    """Encode an object as a URL's query, percent-encoded: a list repeats its key, null and missing are left out."""
    if missing(object):
        return object
    pairs = [
        (key, word_of("urlQuery", value, "text, numbers and booleans as values"))
        for key, values in object_of("urlQuery", object).items()
        for value in (values if isinstance(values, list) else [values])
        if not missing(value)
    ]
    try:
        return bounded("urlQuery", urlencode(pairs, quote_via=quote, safe=""))
    except UnicodeEncodeError:
        raise FunctionError("$urlQuery: expected text, got text with half a surrogate pair") from None


@function("$urlSegment('a/b c')", "a%2Fb%20c")
def url_segment(text: Any) -> Any:
    """Percent-encode text or a number fully, as one segment of a path; `.` and `..` are refused."""
    if missing(text):
        return text
    if text in (".", ".."):
        raise FunctionError("$urlSegment: `.` and `..` cannot be a segment of a path")
    return quote(utf8_of("urlSegment", number_text(text) if is_number(text) else text), safe="")
