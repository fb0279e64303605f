import pytest

from unified.authoring.golden.graphql_text import graphql_lines, is_graphql
from unified.authoring.golden.request_text import request_lines
from unified.catalog.wire import ProviderRequest

DOCUMENTS = [
    ("{a b # why\n}", ["{", "  a", "  b", "  # why", "}"]),
    (
        'query Issues($first: Int, $filter: F = {a: [1, 2]}) { issues(first: $first, q: "a) {") { nodes { id title } } }',
        [
            "query Issues($first: Int, $filter: F = { a: [1, 2] }) {",
            '  issues(first: $first, q: "a) {") {',
            "    nodes {",
            "      id",
            "      title",
            "    }",
            "  }",
            "}",
        ],
    ),
    (
        "{ n: node @include(if: $x) { ... on Issue { id } ...Parts } }\nfragment Parts on Node { id }",
        [
            "{",
            "  n: node @include(if: $x) {",
            "    ... on Issue {",
            "      id",
            "    }",
            "    ... Parts",
            "  }",
            "}",
            "fragment Parts on Node {",
            "  id",
            "}",
        ],
    ),
]


@pytest.mark.parametrize(("text", "lines"), DOCUMENTS)
def test_a_document_has_a_line_for_each_field(text, lines):
    assert is_graphql(text)
    assert list(graphql_lines(text)) == lines


def test_a_document_that_was_shown_is_shown_the_same_again():
    for text, lines in DOCUMENTS:
        assert list(graphql_lines("\n".join(graphql_lines(text)))) == list(graphql_lines(text)), lines


@pytest.mark.parametrize("text", ["select id from a", "type:ticket {x", "querying", ""])
def test_other_texts_are_not_documents(text):
    assert not is_graphql(text)


def test_a_request_is_lines():
    request = ProviderRequest(
        method="POST",
        path="/a%2Fb",
        query=(("q", "ü x"), ("q", "2")),
        headers={"If-Match": "*"},
        body={"query": "{a}", "notes": ["one\ntwo", "three"]},
    )
    assert list(request_lines(request)) == [
        "POST /a%2Fb",
        "  query q=ü x",
        "  query q=2",
        "  header If-Match: *",
        "  body",
        "    {",
        '      "query": "↓",',
        '      "notes": [',
        '        "↓",',
        '        "three"',
        "      ]",
        "    }",
        "  body/query",
        "    {",
        "      a",
        "    }",
        "  body/notes/0",
        "    one",
        "    two",
    ]


def test_a_form_says_so():
    request = ProviderRequest(method="POST", path="/a", body={"name": "Ada"}, encoding="form")
    assert list(request_lines(request))[1] == "  body, sent as a form"
