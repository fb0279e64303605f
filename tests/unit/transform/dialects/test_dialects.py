"""Every dialect says what was asked, whatever the values are: an independent reader finds the same conditions in it."""

from datetime import UTC
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import each
from tests.sizes import examples
from tests.unit.transform.dialects.readers import READERS, moment
from unified.catalog.filter_rows import DialectName
from unified.transform.dialects import DIALECTS, Condition
from unified.transform.dialects.condition import RANGES
from unified_jsonata import Refusal

HOSTILE = ["O'Neil", 'say "hi"', "a\\", "\\'", "50%_off*?", "a\nb\r\tc", "x' OR Id != null OR 'a'='", '" or 1=1 or "', "a^b=c",
           "javascript:alert(1)", "a,b", "type:user", "(x)", "null", "true", "1e3", "007", "\u2028", " ", "日本 ü"]  # fmt: skip


def test_every_name_that_a_provider_file_may_give_has_a_dialect() -> None:
    assert tuple(DIALECTS) == get_args(DialectName)
    assert set(READERS) == set(DIALECTS)


def text(dialect: str, value: str) -> str:
    """A text as the dialect can hold it: Zendesk's search has no quotes and backslashes."""
    return value.translate(str.maketrans(dict.fromkeys('"\\\r\n\t', " "))) if dialect == "zendesk" else value


texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
values = {
    "text": texts,
    "number": st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6).map(lambda one: round(one, 3))),
    "boolean": st.booleans(),
    "date": st.dates().map(str),
    "datetime": st.datetimes(timezones=st.just(UTC)).map(
        lambda one: one.replace(microsecond=0, year=max(one.year, 1980)).isoformat().replace("+00:00", "Z")
    ),
}


@st.composite
def conditions(draw: Any, dialect: str) -> list[Condition]:
    known, found = DIALECTS[dialect], []
    for field in draw(st.lists(st.sampled_from(["alpha", "beta_b", "gamma"]), min_size=1, max_size=3, unique=True)):
        kind = draw(st.sampled_from(sorted(known.kinds)))
        possible = known.operators - (RANGES if kind in {"text", "boolean"} else {"contains"})
        operator = draw(st.sampled_from(sorted(possible - ({"contains"} if kind != "text" else set()))))
        many = st.lists(values[kind], min_size=2 if operator == "in" else 1, max_size=3 if operator == "in" else 1)
        found.append(Condition(field=field, operator=operator, kind=kind, values=tuple(draw(many))))
    return found


def meant(dialect: str, one: Condition) -> tuple[str, str, list[Any]]:
    by_kind = {
        "text": lambda value: text(dialect, value),
        "number": float,
        "boolean": lambda value: str(value).lower(),
        "date": str,
        "datetime": moment,
    }
    operator = "eq" if dialect == "query" and one.operator != "in" else one.operator
    return (one.field, operator, [by_kind[one.kind](value) for value in one.values])


def found(one: Condition, read: tuple[str, str, list[Any]]) -> tuple[str, str, list[Any]]:
    by_kind = {"text": str, "number": float, "boolean": lambda value: str(value).lower(), "date": str, "datetime": moment}
    return (read[0], read[1], [by_kind[one.kind](value) for value in read[2]])


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@settings(max_examples=examples(150))
@given(data=st.data())
def test_what_is_written_reads_back_as_the_same_conditions(dialect: str, data: Any) -> None:
    asked = data.draw(conditions(dialect))
    try:
        rendered = DIALECTS[dialect].render(asked)
    except Refusal:
        assert dialect in {"sysparm", "zendesk"}  # some values cannot be quoted, and are refused
        return
    read = READERS[dialect](rendered)
    assert [found(one, back) for one, back in zip(asked, read, strict=True)] == [meant(dialect, one) for one in asked]


@each("value", HOSTILE)
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_hostile_value_stays_one_value(dialect: str, value: str) -> None:
    asked = [
        Condition(field=name, operator="eq", kind="text", values=(one,)) for name, one in (("alpha", value), ("beta", "z"))
    ]
    try:
        rendered = DIALECTS[dialect].render(asked)
    except Refusal:
        if dialect == "zendesk":
            assert '"' in value
            return
        assert dialect == "sysparm"
        assert "^" in value or "javascript:" in value or value in {"\u2028", "a\nb\r\tc"}
        return
    assert READERS[dialect](rendered) == [("alpha", "eq", [text(dialect, value)]), ("beta", "eq", ["z"])]


def condition(field: str, operator: Any, kind: Any, *values: Any) -> Condition:
    return Condition(field=field, operator=operator, kind=kind, values=values)


ALL = [
    condition("name", "eq", "text", "O'Neil"),
    condition("kind", "in", "text", "a", "b"),
    condition("size", "gte", "number", 5),
    condition("day", "lt", "date", "2026-01-31"),
    condition("open", "eq", "boolean", True),
    condition("changed", "gte", "datetime", "2026-01-01T10:00:00.500Z"),
]
NO_TIME = ALL[:-1]
WRITTEN = [
    (
        "soql",
        ALL,
        ("name = 'O\\'Neil' AND kind IN ('a', 'b') AND size >= 5 AND day < 2026-01-31 AND open = true"
        " AND changed >= 2026-01-01T10:00:00.500Z"),
    ),
    ("soql", [condition("name", "contains", "text", "50%")], "name LIKE '%50\\%%'"),
    ("jql", NO_TIME, 'name = "O\'Neil" and kind in ("a", "b") and size >= 5 and day < "2026-01-31" and open = true'),
    ("zendesk", ALL, 'name:"O\'Neil" kind:"a" kind:"b" size>=5 day<2026-01-31 open:true changed>=2026-01-01T10:00:01Z'),
    ("zendesk", [condition("at", "gt", "datetime", "2026-01-01T10:00:00.500Z")], "at>2026-01-01T10:00:00Z"),
    (
        "hubspot",
        ALL[1:4] + ALL[5:],
        [
            {"propertyName": "kind", "operator": "IN", "values": ["a", "b"]},
            {"propertyName": "size", "operator": "GTE", "value": "5"},
            {"propertyName": "day", "operator": "LT", "value": "2026-01-31"},
            {"propertyName": "changed", "operator": "GTE", "value": "1767261600500"},
        ],
    ),
    ("sysparm", ALL, "name=O'Neil^kindINa,b^size>=5^day<2026-01-31^open=true^changed>=2026-01-01 10:00:01"),
    (
        "odata",
        ALL,
        ("name eq 'O''Neil' and (kind eq 'a' or kind eq 'b') and size ge 5 and day lt 2026-01-31 and open eq true"
        " and changed ge 2026-01-01T10:00:00.500Z"),
    ),
    (
        "graphql",
        [condition("assignee.id", "in", "text", "a", "b"), condition("assignee.age", "gt", "number", 5)],
        {"assignee": {"id": {"in": ["a", "b"]}, "age": {"gt": 5}}},
    ),
    (
        "mongo",
        [condition("value.amount", "gte", "number", 5), condition("kind", "in", "text", "a", "b")],
        [{"value": {"amount": {"$gte": 5}}}, {"kind": {"$in": ["a", "b"]}}],
    ),
    ("query", [condition("kind", "in", "text", "a", "b"), condition("since", "gte", "date", "2026-01-01")],
     {"kind": ["a", "b"], "since": "2026-01-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "asked", "written"), WRITTEN)
def test_conditions_are_written_as_the_provider_documents_them(dialect: Any, asked: list[Condition], written: Any) -> None:
    assert DIALECTS[dialect].render(asked) == written
