"""Names in the expressions of a stand-in: those that are given at the place are seen, all others are refused with it."""

import itertools

import pytest

from unified.errors.configuration import CatalogError
from unified_jsonata.names import BUILTINS
from unified_sandbox.described.functions import FUNCTIONS
from unified_sandbox.described.load import load_standin
from unified_sandbox.described.names import EVERY, names_given

FILE = """\
docs: https://shelf.example.com/docs
credentials: [{type: bearer, token: t}]
accepts: [{type: bearer}]
errors: |
  {"code": ERRORS}
list: |
  {"items": LIST}
item: |
  {"item": ITEM}
collections:
  books:
    fields: {title: text}
    computed: {size: 'COMPUTED'}
    seed: |
      {"title": SEED}
routes:
  GET /books: {list: books, wrap: 'WRAP', paging: none}
  GET /books/{id}: {get: books, where: 'WHERE = 1'}
  POST /books: {create: books, take: 'TAKE', also: [{update: books, set: '{"title": ALSO}'}]}
oauth:
  token_path: /token
  refusal: |
    {"error": OAUTH}
"""
SERIAL = itertools.count()
PLACES = {
    "ERRORS": ("errors",),
    "LIST": ("list",),
    "ITEM": ("item",),
    "COMPUTED": ("collections", "books", "computed", "size"),
    "SEED": ("collections", "books", "seed"),
    "WRAP": ("routes", "GET /books", "wrap"),
    "WHERE": ("routes", "GET /books/{id}", "where"),
    "TAKE": ("routes", "POST /books", "take"),
    "ALSO": ("routes", "POST /books", "also", 0, "set"),
    "OAUTH": ("oauth", "refusal"),
}


def loaded(folder, mark, text):
    whole = FILE
    for one in PLACES:
        whole = whole.replace(one, text if one == mark else "1")
    path = folder / str(next(SERIAL)) / "shelf.sandbox.yaml"
    path.parent.mkdir()
    path.write_text(whole)
    return load_standin(path)


@pytest.mark.parametrize("mark", PLACES)
def test_exactly_the_names_that_are_given_are_taken(tmp_path, mark):
    given = names_given(PLACES[mark])
    for name in sorted(EVERY - {*FUNCTIONS, *BUILTINS}):
        if name in given:
            loaded(tmp_path, mark, f"${name}")
            continue
        with pytest.raises(CatalogError) as refused:
            loaded(tmp_path, mark, f"${name}")
        assert f"${name} is not given here, so it is never there." in str(refused.value)


def test_the_message_says_where_and_what_is_given(tmp_path):
    with pytest.raises(CatalogError) as refused:
        loaded(tmp_path, "ERRORS", "$url")
    assert str(refused.value).endswith(
        "shelf.sandbox.yaml:5:12: $url is not given here, so it is never there. Given here: $code, $field, $message, $place, $status"
    )


def test_a_misspelt_name_and_function_have_a_hint(tmp_path):
    with pytest.raises(CatalogError, match="Did you mean 'query'"):
        loaded(tmp_path, "WRAP", "$qurey")
    with pytest.raises(CatalogError, match=r"unknown function \$pikc"):
        loaded(tmp_path, "WRAP", "$pikc([1])")


def test_what_the_expression_binds_itself_is_fine(tmp_path):
    loaded(tmp_path, "WRAP", "($mine := 1; $map([1], function($v, $i) { $v + $mine }))")
