"""HTML, Markdown, base64, digests and URL parts."""

from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timing import processor_time
from unified.transform.functions import text

UNICODE = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
        ("a  \n b&nbsp;c", "a b c"),
        ("&lt;b&gt; &#233; &amp;amp;", "<b> é &amp;"),
        ("a<script>x<y</script><style>p{}</style><!-- c --><title>t</title>b", "ab"),
        ("<ul><li>a</li><li><p>b <i>c</i></p></li></ul>", "- a\n- b c"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td></td></tr><tr><td>d</td></tr></table>", "a | b\nc\nd"),
        ("<pre>  a\n   b</pre>", "  a\n   b"),
        ('see <a href="https://x.org">this</a>', "see this"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("1 < 2 and no tags", "1 < 2 and no tags"),
        ("<b>never closed", "never closed"),
        ("", ""),
    ],
)
def test_plain(html, expected):
    assert text.plain(html) == expected


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<![CDATA[", "&", "<a='", "</", "<script>", "<ul><li>", "<p>"])
def test_plain_is_quick_for_hostile_html(piece):
    with processor_time() as spent:
        text.plain(piece * (200_000 // len(piece)))
    assert spent.seconds < 5


@pytest.mark.parametrize("piece", ["[", "[a](", "**a", "_a ", "`", "\\", "~~", "> ", "# ", "- ", "*a\n", "![a](b "])
def test_markdown_text_is_quick_for_hostile_text(piece):
    with processor_time() as spent:
        text.markdown_text(piece * (200_000 // len(piece)))
    assert spent.seconds < 5


def test_html_parts_paragraphs_and_escapes():
    assert text.html("a & <b>\r\nc\n\n\n d") == "<p>a &amp; &lt;b&gt;<br>c</p><p> d</p>"
    assert text.html("") == ""


@given(UNICODE)
def test_html_of_any_text_has_no_other_tags(value):
    written = text.html(value)
    for tag in ("<p>", "</p>", "<br>"):
        written = written.replace(tag, "")
    assert "<" not in written


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("## A ##", "A"),
        ("#hashtag", "#hashtag"),
        ("**a** __b__ *c* _d_ ~~e~~ ***f***", "a b c d e f"),
        ("snake_case_name 2*3*4", "snake_case_name 234"),
        ("`a*b*c` *d*", "a*b*c d"),
        ("[a](https://x.org) ![b](c.png)", "a b"),
        ("> quoted", "quoted"),
        ("- a\n- b", "- a\n- b"),
        ("a\r\n\r\n---\r\nb", "a\n\n\nb"),
        ("```py\n# *x*\n```\nafter", "# *x*\nafter"),
        (r"\*a\* \[b\](c)", "*a* [b](c)"),
    ],
)
def test_markdown_text(markdown, expected):
    assert text.markdown_text(markdown) == expected


@given(UNICODE)
def test_base64_goes_there_and_back(value):
    packed = text.base64(value)
    assert text.unbase64(packed) == value
    assert text.unbase64(packed.rstrip("=").replace("+", "-").replace("/", "_")) == value


@pytest.mark.parametrize("packed", ["a", "*", "/w==", "é"])
def test_unbase64_refuses_what_is_not_text(packed):
    with pytest.raises(ValueError, match=r"^\$unbase64: expected base64 of UTF-8 text, got other text$"):
        text.unbase64(packed)


@pytest.mark.parametrize("name", ["base64", "digest", "url_segment"])
def test_half_a_surrogate_pair_is_refused(name):
    with pytest.raises(ValueError, match=r"expected text, got text with half a surrogate pair$"):
        getattr(text, name)("\ud800")


@given(st.dictionaries(UNICODE, UNICODE))
def test_url_query_keeps_every_pair(pairs):
    assert parse_qsl(text.url_query(pairs), keep_blank_values=True) == list(pairs.items())


def test_url_query_of_other_values():
    assert text.url_query({"a": True, "b": 9007199254740993, "c": [1, None], "d": None, "e": []}) == (
        "a=true&b=9007199254740993&c=1"
    )
    with pytest.raises(ValueError, match=r"^\$urlQuery: expected text, numbers and booleans as values, got an object$"):
        text.url_query({"a": {}})
    with pytest.raises(ValueError, match=r"^\$urlQuery: expected text, got text with half a surrogate pair$"):
        text.url_query({"a": "\ud800"})


@given(UNICODE.filter(lambda value: value not in {".", ".."}))
def test_url_segment_stays_one_segment(value):
    segment = text.url_segment(value)
    assert unquote(segment) == value
    assert not set(segment) & set("/?#\\;:@&=+$, ")


def test_url_segment_refuses_dots_and_takes_numbers():
    assert text.url_segment(12) == "12"
    with pytest.raises(ValueError, match=r"^\$urlSegment: `.` and `..` cannot be a segment of a path$"):
        text.url_segment("..")
