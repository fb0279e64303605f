"""Whatever the value, a query keeps the structure that it has with a harmless one (threats B11 and B12).

The scanners below read a literal as the provider does: they return what it says and what is left after its end.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.transform.functions import callables, literals
from unified_jsonata import UNDEFINED, compile

HOSTILE = [
    "' OR Name != '", "\\'", "'); DELETE", "\n", "%", "_", '" OR project = X', "' or 1 eq 1", "\\", '\\"', "a\\", "*:*",
    ") OR (1=1", "''", '""', "\u2019", "\u2028", "\x00", "a AND b:c", "\\u0027", "-- x", "/*",
]  # fmt: skip
ANY = st.one_of(st.text(), st.text(alphabet="'\"\\%_\n\r\tnu0027 ^,()"), st.sampled_from(HOSTILE))
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _backslashed(literal, quote, more=""):
    """(text, rest) of a literal with backslash escapes."""
    assert literal[0] == quote
    said, at = "", 1
    while literal[at] != quote:
        if literal[at] != "\\":
            assert literal[at] not in "\n\r"
            said += literal[at]
            at += 1
        elif literal[at + 1] == "u":
            said += chr(int(literal[at + 2 : at + 6], 16))
            at += 6
        else:
            assert literal[at + 1] in "nrtbf\"'\\" + more
            said += ESCAPES.get(literal[at + 1], literal[at + 1] if literal[at + 1] not in more else literal[at : at + 2])
            at += 2
    return said, literal[at + 1 :]


def _doubled(literal):
    """(text, rest) of a literal in which a quote is written twice."""
    assert literal[0] == "'"
    said, at = "", 1
    while literal[at] != "'" or literal[at + 1 : at + 2] == "'":
        said += literal[at]
        at += 2 if literal[at] == "'" else 1
    return said, literal[at + 1 :]


@given(ANY)
def test_soql_text_is_one_literal_that_says_the_text(text):
    assert _backslashed(literals.soql(text) + " LIMIT 1", "'") == (text, " LIMIT 1")


@given(ANY)
def test_jql_text_is_one_literal_that_says_the_text(text):
    assert _backslashed(literals.jql(text) + " ORDER BY key", '"') == (text, " ORDER BY key")


@given(ANY)
def test_odata_text_is_one_literal_that_says_the_text(text):
    assert _doubled(literals.odata(text) + " and x eq 1") == (text, " and x eq 1")


@given(ANY)
def test_soql_like_is_one_pattern_with_wildcards_at_its_ends_only(text):
    pattern, rest = _backslashed(literals.soql_like(text) + " LIMIT 1", "'", "%_")
    assert rest == " LIMIT 1"
    assert pattern[0] == pattern[-1] == "%"
    inside = pattern[1:-1]
    assert inside.count("\\%") >= inside.count("%") == text.count("%")
    assert inside.count("\\_") >= inside.count("_") == text.count("_")


@given(ANY)
def test_zql_text_is_one_phrase(text):
    literal = literals.zql(text)
    assert literal[0] == literal[-1] == '"'
    assert not set(literal[1:-1]) & set('"\\\r\n')
    assert len(literal) == len(text) + 2


@given(ANY)
def test_sysparm_gives_the_text_or_refuses_it(text):
    try:
        word = literals.sysparm(text)
    except ValueError:
        return
    assert word == text
    assert "^" not in word
    assert "\n" not in word


@given(st.lists(ANY, min_size=1, max_size=4))
def test_lists_have_one_literal_for_each_entry(texts):
    rest, said = literals.soql(texts), []
    assert rest[0] == "("
    while rest != ")":
        text, rest = _backslashed(rest[1 if not said else 2 :], "'")
        said.append(text)
    assert said == texts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (-1.5, "-1.5"),
        (1e21, "1000000000000000000000"),
        (True, "true"),
        (None, "null"),
        (["a", 1, None], "('a', 1, null)"),
    ],
)
def test_other_values_are_written_bare(value, expected):
    assert literals.soql(value) == expected
    assert literals.jql(value) == expected.replace("'", '"')
    assert literals.odata(value) == expected.replace(", ", ",")


@pytest.mark.parametrize("name", ["soql", "jql", "odata"])
def test_empty_lists_and_objects_are_refused(name):
    literal = getattr(literals, name)
    with pytest.raises(ValueError, match=rf"^\${name}: expected a list of one or more entries, got an empty list$"):
        literal([])
    for value, kind in (({}, "an object"), ([["a"]], "a list"), ([UNDEFINED], "nothing"), (float("nan"), "a number")):
        with pytest.raises(
            ValueError, match=rf"^\${name}: expected text, a number, a boolean, null, or a list of these, got {kind}$"
        ):
            literal(value)


@pytest.mark.parametrize("text", ["a^ORb=1", "^", "a\nb", "\x00javascript:x"])
def test_sysparm_refuses_what_ends_a_condition(text):
    with pytest.raises(ValueError, match=r"^\$sysparm: expected text without `\^` and control characters"):
        literals.sysparm(text)


@pytest.mark.parametrize("text", ["javascript:gs.getUserID()", " JavaScript :x", "\ufeffjavascript:x", "a, javascript:x"])
def test_sysparm_refuses_scripts(text):
    with pytest.raises(ValueError, match=r"^\$sysparm: expected text that does not begin with `javascript:`"):
        literals.sysparm(text)


def test_sysparm_lists_and_scalars():
    assert literals.sysparm(["a", 2, True]) == "a,2,true"
    assert literals.sysparm("about javascript: urls, and more") == "about javascript: urls, and more"
    for entries in ([], ["a,b"]):
        with pytest.raises(ValueError, match=r"^\$sysparm: expected a list of one or more entries without commas"):
            literals.sysparm(entries)


@pytest.mark.parametrize(
    ("iso", "expected"),
    [
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("2026-01-01T10:00:00.123456789-01:30", "2026-01-01T11:30:00.123456Z"),
    ],
)
def test_soql_time(iso, expected):
    assert literals.soql_time(iso) == expected


@pytest.mark.parametrize(
    "iso",
    [
        "2026-01-01",
        "2026-01-01T10:00:00",
        "2026-01-01T10:00:00Z OR Id != null",
        "2026-01-01T10:00:00Z\n",
        "LAST_WEEK",
        "",
        *HOSTILE,
    ],
)
def test_soql_time_refuses_all_but_rfc_3339(iso):
    with pytest.raises(ValueError, match=r"^\$soqlTime: expected an RFC 3339 datetime such as 2026-01-01T10:00:00Z"):
        literals.soql_time(iso)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_whole_query_in_the_engine(text):
    source = "'SELECT Id FROM Contact WHERE Name = ' & $soql(filter.name) & ' LIMIT 1'"
    query = compile(source, functions=callables()).evaluate({"filter": {"name": text}})
    start = "SELECT Id FROM Contact WHERE Name = "
    assert _backslashed(query.removeprefix(start), "'") == (text, " LIMIT 1")
