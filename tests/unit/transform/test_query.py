"""The common query: read from a URL or an object, with one refusal that names everything that cannot be understood."""

import pytest

from unified.errors.requests import ValidationFailed
from unified.models import model
from unified.transform.queries.query import Filter, Query, Sort
from unified.transform.queries.query_reading import query_from_object, query_from_pairs
from unified.transform.queries.query_values import utc

CONTACTS = model("crm.contacts")
DEALS = model("crm.opportunities")
LEAVE = model("hris.time_off_requests")
CUSTOM = model("crm.custom_objects")
KNOWN = (
    "limit, cursor, updated_after, updated_before, created_after, created_before, filter[…], search, sort, fields, expand, "
    "include_deleted, include_raw, remote_query[…]"
)
TIME = "expected a time like 2026-01-31T12:00:00Z (RFC 3339)"
REAL_TIME = "expected a time that exists, like 2026-01-31T12:00:00Z (RFC 3339)"


def one(name: str, text: str, model_=LEAVE) -> Query:
    return query_from_pairs([(name, text)], model_)


READ = [
    ("limit", "1", Query(limit=1)),
    ("limit", "200", Query(limit=200)),
    ("limit", "0007", Query(limit=7)),
    ("limit", "201", Query(limit=200, is_limit_reduced=True)),
    ("limit", "1" * 5000, Query(limit=200, is_limit_reduced=True)),
    ("cursor", "abc", Query(cursor="abc")),
    ("search", "ada lovelace", Query(search="ada lovelace")),
    ("sort", "amount", Query(sort=Sort(field="amount"))),
    ("sort", "-amount", Query(sort=Sort(field="amount", descending=True))),
    ("fields", "id, amount,,id", Query(fields=("id", "amount"))),
    ("expand", "employee", Query(expand=("employee",))),
    ("include_deleted", "true", Query(include_deleted=True)),
    ("include_deleted", "false", Query(include_deleted=False)),
    ("include_raw", "true", Query(include_raw=True)),
    ("updated_after", "2026-01-31T12:00:00Z", Query(updated_after="2026-01-31T12:00:00Z")),
    ("updated_after", "2026-01-31", Query(updated_after="2026-01-31T00:00:00Z")),
    ("updated_before", "2026-01-31T12:00Z", Query(updated_before="2026-01-31T12:00:00Z")),
    ("created_after", "2026-01-01T00:30:00+02:00", Query(created_after="2025-12-31T22:30:00Z")),
    ("created_before", "2026-01-01T00:30:00 02:00", Query(created_before="2025-12-31T22:30:00Z")),
    ("created_before", "2026-01-01T00:30:00-02:00", Query(created_before="2026-01-01T02:30:00Z")),
    ("updated_after", "2026-01-01T00:00:00.25Z", Query(updated_after="2026-01-01T00:00:00.250Z")),
    ("updated_after", "2026-01-01T00:00:00.123456789Z", Query(updated_after="2026-01-01T00:00:00.123Z")),
    ("filter[employee_id]", "7", Query(filters=(Filter(field="employee_id", value="7"),))),
    ("filter[employee_id][eq]", "7", Query(filters=(Filter(field="employee_id", value="7"),))),
    ("filter[employee_id][ne]", "7", Query(filters=(Filter(field="employee_id", operator="ne", value="7"),))),
    ("filter[employee_id][in]", "7,,8", Query(filters=(Filter(field="employee_id", operator="in", value=("7", "8")),))),
    ("filter[amount][gt]", "5", Query(filters=(Filter(field="amount", operator="gt", value="5"),))),
    ("filter[amount][gte]", "-0.5", Query(filters=(Filter(field="amount", operator="gte", value="-0.5"),))),
    ("filter[amount][lt]", "1e3", Query(filters=(Filter(field="amount", operator="lt", value="1e3"),))),
    ("filter[amount][lte]", "5", Query(filters=(Filter(field="amount", operator="lte", value="5"),))),
    ("filter[reason][contains]", "a,b", Query(filters=(Filter(field="reason", operator="contains", value="a,b"),))),
    ("filter[is_paid]", "True", Query(filters=(Filter(field="is_paid", value="true"),))),
    (
        "filter[start_time][gte]",
        "2026-01-01T00:00:00+02:00",
        Query(filters=(Filter(field="start_time", operator="gte", value="2025-12-31T22:00:00Z"),)),
    ),
    (
        "filter[start_time][gte]",
        "2026-01-01T00:00:00 02:00",
        Query(filters=(Filter(field="start_time", operator="gte", value="2025-12-31T22:00:00Z"),)),
    ),
    (
        "filter[start_time][contains]",
        "2026-01",
        Query(filters=(Filter(field="start_time", operator="contains", value="2026-01"),)),
    ),
    ("filter[unheard_of]", "x", Query(filters=(Filter(field="unheard_of", value="x"),))),
    ("remote_query[page[size]]", "5", Query(remote_query=(("page[size]", "5"),))),
    ("remote_query[q]", "", Query(remote_query=(("q", ""),))),
]


@pytest.mark.parametrize(("name", "text", "expected"), READ)
def test_a_parameter_is_read(name: str, text: str, expected: Query) -> None:
    assert one(name, text) == expected


REFUSED = [
    ("limit", "0", "expected a whole number from 1 to 200"),
    ("limit", "-1", "expected a whole number from 1 to 200"),
    ("limit", "1.5", "expected a whole number from 1 to 200"),
    ("limit", "٣", "expected a whole number from 1 to 200"),
    ("limit", "", "expected a whole number from 1 to 200"),
    ("limit", "000", "expected a whole number from 1 to 200"),
    ("limit", "2e2", "expected a whole number from 1 to 200"),
    ("updated_after", "yesterday", TIME),
    ("updated_after", "", TIME),
    ("updated_after", "1700000000", TIME),
    ("updated_after", "٢٠٢٦-01-01", TIME),
    ("updated_after", "2026-01-01 12:00:00Z", TIME),
    ("updated_after", "2026-01-01T12:00:00", TIME),
    ("updated_after", "2026-02-30", REAL_TIME),
    ("updated_after", "2026-01-01T25:00:00Z", REAL_TIME),
    ("updated_after", "0001-01-01T00:00:00+05:00", REAL_TIME),
    ("updated_after", "9999-12-31T23:59:59-05:00", REAL_TIME),
    ("include_deleted", "yes", "expected true or false"),
    ("include_deleted", "True", "expected true or false"),
    ("include_raw", "1", "expected true or false"),
    ("fields", "", "expected at least one name; otherwise leave the parameter out"),
    ("fields", " , ,", "expected at least one name; otherwise leave the parameter out"),
    ("expand", "", "expected at least one name; otherwise leave the parameter out"),
    ("sort", "", "expected a field, or -field for descending order"),
    ("sort", "name desc; drop", "expected a field, or -field for descending order"),
    ("sort", "Name, (SELECT Id FROM Contacts)", "expected a field, or -field for descending order"),
    ("search", "a\x00b", "expected text of at most 10000 characters without NUL"),
    ("search", "a" * 10_001, "expected text of at most 10000 characters without NUL"),
    ("filter[amount][like]", "5", "unknown operator. Known: eq, ne, in, gt, gte, lt, lte, contains"),
    (
        "filter[amount][contain]",
        "5",
        "unknown operator. Did you mean 'contains'? Known: eq, ne, in, gt, gte, lt, lte, contains",
    ),
    ("filter[amount][gte]", "many", "expected a number like 5 or -0.5"),
    ("filter[amount][gte]", "nan", "expected a number like 5 or -0.5"),
    ("filter[amount][in]", "1,x", "expected a number like 5 or -0.5"),
    ("filter[is_paid]", "yes", "expected true or false"),
    ("filter[start_time][lt]", "soon", TIME),
    ("filter[amount.gte]", "5", "expected the name of one field, without dots"),
    ("filter[reason][in]", ",", "expected one value or more, separated by commas"),
]


@pytest.mark.parametrize(("name", "text", "message"), REFUSED)
def test_a_value_that_cannot_be_understood_is_named(name: str, text: str, message: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        one(name, text)
    assert [(problem.pointer, problem.code, problem.message) for problem in caught.value.errors] == [(name, "invalid", message)]
    assert caught.value.detail == f"query: cannot be understood: {name}"


UNKNOWN = [
    ("limt", f"unknown parameter. Did you mean 'limit'? Known: {KNOWN}"),
    ("filter", f"unknown parameter. Did you mean 'filter[…]'? Known: {KNOWN}"),
    ("filter[]", f"unknown parameter. Did you mean 'filter[…]'? Known: {KNOWN}"),
    ("filter[a][b][c]", f"unknown parameter. Did you mean 'filter[…]'? Known: {KNOWN}"),
    ("__proto__", f"unknown parameter. Known: {KNOWN}"),
    ("object", f"unknown parameter. Known: {KNOWN}"),
]


@pytest.mark.parametrize(("name", "message"), UNKNOWN)
def test_an_unknown_parameter_is_answered_with_the_known_ones(name: str, message: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        one(name, "x")
    (problem,) = caught.value.errors
    assert (problem.pointer, problem.code, problem.message) == (name, "unknown_parameter", message)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ValidationFailed) as caught:
        query_from_pairs([("limit", "x"), ("updated_after", "x"), ("zzz", "1")], CONTACTS)
    assert caught.value.detail == "query: cannot be understood: limit, updated_after, zzz"
    assert [problem.pointer for problem in caught.value.errors] == ["limit", "updated_after", "zzz"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("limit", "limit"), ("filter[amount]", "filter[amount][eq]"), ("filter[amount][gte]", "filter[amount][gte]")],
)
def test_a_parameter_given_twice_is_refused_because_only_one_would_be_done(first: str, second: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        query_from_pairs([(first, "5"), (second, "6")], DEALS)
    (problem,) = caught.value.errors
    assert problem.pointer == second
    assert problem.message == "given more than once; expected one value (lists are separated by commas)"


def test_the_providers_own_parameters_may_repeat() -> None:
    given = query_from_pairs([("remote_query[a]", "1"), ("remote_query[a]", "2")], DEALS)
    assert given.remote_query == (("a", "1"), ("a", "2"))


def test_a_models_path_parameter_is_read() -> None:
    assert one("object", "cars", CUSTOM).path == (("object", "cars"),)
    assert one("object", "cars", CUSTOM).root() == {"object": "cars"}


ROOTS = [
    ([], {}),
    ([("limit", "5"), ("cursor", "x"), ("sort", "amount"), ("fields", "id"), ("include_raw", "true")], {}),
    ([("search", "ada"), ("updated_after", "2026-01-01")], {"search": "ada", "updated_after": "2026-01-01T00:00:00Z"}),
    ([("include_deleted", "true")], {"include_deleted": True}),
    ([("include_deleted", "false")], {}),
    ([("search", "")], {}),
    ([("filter[reason]", "a")], {"filter": {"reason": "a"}}),
    ([("filter[amount][gte]", "1"), ("filter[amount][lt]", "5")], {"filter": {"amount": {"gte": "1", "lt": "5"}}}),
    ([("filter[id][in]", "1,2")], {"filter": {"id": {"in": ["1", "2"]}}}),
    ([("filter[amount]", "1"), ("filter[amount][lt]", "5")], {"filter": {"amount": "1"}}),
    ([("filter[amount][lt]", "5"), ("filter[amount]", "1")], {"filter": {"amount": "1"}}),
]


@pytest.mark.parametrize(("pairs", "root"), ROOTS)
def test_expressions_see_the_conditions_only(pairs: list[tuple[str, str]], root: dict) -> None:
    assert query_from_pairs(pairs, LEAVE).root() == root


def test_expressions_see_only_the_conditions_named() -> None:
    pairs = [("search", "a"), ("filter[reason]", "b"), ("filter[amount][gte]", "1"), ("updated_after", "2026-01-01")]
    given = query_from_pairs(pairs, LEAVE)
    assert given.requested() == {"search", "filter.reason", "filter.amount.gte", "updated_after"}
    assert given.root(["filter.amount.gte", "search"]) == {"search": "a", "filter": {"amount": {"gte": "1"}}}
    assert given.root([]) == {}
    assert [one.shown for one in given.filters] == ["filter[reason]", "filter[amount][gte]"]


BOUND = [
    ("search", "x"),
    ("sort", "amount"),
    ("sort", "-amount"),
    ("updated_after", "2026-01-01"),
    ("created_before", "2026-01-01"),
    ("filter[reason]", "a"),
    ("filter[reason][ne]", "a"),
    ("include_deleted", "true"),
    ("remote_query[a]", "1"),
]


def test_a_cursor_is_bound_to_what_the_query_asks_for() -> None:
    parts = [repr(one(name, text).digest_parts()) for name, text in BOUND] + [repr(Query().digest_parts())]
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize(("name", "text"), [("limit", "7"), ("cursor", "x"), ("fields", "id"), ("include_raw", "true")])
def test_a_cursor_is_not_bound_to_page_size_and_position(name: str, text: str) -> None:
    assert one(name, text).digest_parts() == Query().digest_parts()


SAME = [
    ({"limit": 5, "search": "a"}, [("limit", "5"), ("search", "a")]),
    ({"include_deleted": True}, [("include_deleted", "true")]),
    ({"fields": ["id", "reason"]}, [("fields", "id,reason")]),
    ({"filter": {"reason": "a", "is_paid": True}}, [("filter[reason]", "a"), ("filter[is_paid]", "true")]),
    ({"filter": {"amount": {"gte": 1, "lt": 2.5}}}, [("filter[amount][gte]", "1"), ("filter[amount][lt]", "2.5")]),
    ({"filter": {"id": {"in": ["1", 2]}}}, [("filter[id][in]", "1,2")]),
    ({"filter[reason]": "a"}, [("filter[reason]", "a")]),
    ({"remote_query": {"a": "1"}}, [("remote_query[a]", "1")]),
    ({"search": None, "filter": {"reason": None, "amount": {"gte": None}}}, []),
]


@pytest.mark.parametrize(("given", "pairs"), SAME)
def test_an_object_says_the_same_as_a_url(given: dict, pairs: list[tuple[str, str]]) -> None:
    assert query_from_object(given, LEAVE) == query_from_pairs(pairs, LEAVE)


def test_a_time_that_does_not_exist_has_no_utc() -> None:
    assert utc("2026-13-01") is None
    assert utc("2026-01-01T00:00:00-00:30") == "2026-01-01T00:30:00Z"
