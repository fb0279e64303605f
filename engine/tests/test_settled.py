"""A function made once for a literal argument answers what the function answers with that argument."""

import pytest

from unified_jsonata import UNDEFINED, FunctionError, JsonataError, compile
from unified_jsonata.compiler.program import Form
from unified_jsonata.runtime.supplied import promises

TABLES = {"size": {"s": "small", "l": "large"}, "colour": {"r": "red"}}


def word(table, key, default=UNDEFINED):
    if table not in TABLES:
        raise FunctionError(f"$word: no table is called `{table}`")
    return TABLES[table].get(key, default) if isinstance(key, str) else default


made = []


def settle(table):
    if not isinstance(table, str) or table not in TABLES:
        return None
    made.append(table)
    return lambda key, default=UNDEFINED: word(table, key, default)


word_at_once = promises(plain=True, settled=(0, settle))(lambda table, key, default=UNDEFINED: word(table, key, default))
DOCUMENT = {"key": "s", "table": "size", "rows": [{"k": "s"}, {"k": "x"}, {}, {"k": [1]}]}
EXPRESSIONS = [
    '$word("size", key)',
    '$word("size", key, "other")',
    '$word("size", missing)',
    '$word("size", missing, "other")',
    '$word("size", key, missing)',
    "$word(table, key)",
    'rows.$word("size", k, "other")',
    '[$word("size", key), $word("colour", key, "none"), $word("size", "l")]',
    '$map(rows, function($row) { $word("size", $row.k, "other") })',
    '($w := $word; $w("size", key))',
    '$word("nothing", key)',
    '$word("size")',
    '$word(["size"], key)',
    "$word(1, key)",
    '$word("size", key, "a", "b")',
    '$word("size", function($x) { $x })',
]


def answer(source, function, form):
    try:
        expression = compile(source, {"word": function})
        expression._runner._form = form
        return expression.evaluate(DOCUMENT)
    except JsonataError as problem:
        return problem.code, problem.message


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("source", EXPRESSIONS)
def test_it_answers_what_the_function_answers(source, form):
    assert answer(source, word_at_once, form) == answer(source, word, form)


def test_it_is_made_once_for_all_documents():
    made.clear()
    evaluate = compile('$word("size", key)', {"word": word_at_once}).evaluate
    assert [evaluate({"key": key}) for key in ("s", "l", "x")] == ["small", "large", UNDEFINED]
    assert made == ["size"]
