"""Whatever text comes, parsing and analysis answer or refuse; they never break."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified_jsonata import JsonataError, analyse, parse
from unified_jsonata.analysis import narrow
from unified_jsonata.errors import line_column
from unified_jsonata.syntax.tree import Node

WORDS = [
    *"abc.[](){},:;?+-*/%|=<>^&@#$!~\"'`\\ \n",
    *("$x", "$$", "$map", "$filter", "$f(", "function($i){", "λ", ":=", "~>", "??", "?:", "..", "**", "in", "and"),
    *("1", "0.5", "'s'", "/r/i", "true", "null", "{'k': ", "^(>", "@$v", "#$i", "%", "[0]", ")<a-:n>{"),
]


@settings(max_examples=examples(400))
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_any_text_is_parsed_or_refused_at_a_place(source):
    refused = tree = None
    try:
        tree = parse(source)
    except JsonataError as error:
        refused = error
    if refused is None:
        check(source, tree)
    else:
        assert 0 <= refused.position <= len(source)
        assert (refused.line, refused.column) == line_column(source, refused.position)


def check(source: str, tree: Node):
    found = analyse(tree)
    for one in (*found.reads, *found.variables, *found.functions, *found.calls, *(found.writes or ())):
        assert 0 <= one.start < one.end <= len(source)
    keys = [write.key for write in found.writes or ()]
    assert analyse(parse(narrow(source, tree, keys))).reads == found.reads


VALUES = st.recursive(
    st.sampled_from(["a", "b.c", "$x", "$", "1", "'s'"]),
    lambda inner: st.one_of(
        st.builds("({} & {})".format, inner, inner),
        st.builds("{{'k': {}, 'm': {}}}".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("($x := {}; {})".format, inner, inner),
        st.builds("$map({}, function($x){{ {} }})".format, inner, inner),
        st.builds("({})[{}].{{'k': {}}}".format, inner, inner, inner),
    ),
    max_leaves=12,
)


@settings(max_examples=examples(300))
@given(VALUES)
def test_any_sound_expression_is_analysed(source):
    check(source, parse(source))
