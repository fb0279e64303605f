"""A filter table says which conditions the provider applies, and writes them; a row that cannot hold is refused."""

import msgspec
import pytest

from unified.errors.configuration import CatalogError
from unified.errors.requests import UnsupportedFilter, ValidationFailed
from unified.transform.queries.query_reading import query_from_pairs
from unified.transform.requests import first_page

BINDINGS = {"account": {"settings": {}}}
MAPPING = """\
record: |
  {"id": id, "name": name, "amount": amount, "close_date": closed, "owner_id": owner, "created_at": made,
   "updated_at": changed, "status": state, "remote_status": state}
filters:
  updated_at: Changed
  created_at: {field: Made, operators: [gte]}
  id: Id
  name: {field: Name, operators: [eq, contains]}
  amount: Amount
  close_date: {field: Closed, as: datetime, operators: [eq, gt, gte, lt, lte]}
  owner_id: Owner
list:
  - when: $exists($filters)
    request: POST /search
    body: |
      {"where": $filters}
  - request: GET /all
"""
PARAMETERS = {
    "updated_after",
    "updated_before",
    "created_after",
    *(f"filter.id{one}" for one in ("", ".in")),
    *(f"filter.name{one}" for one in ("", ".contains")),
    *(f"filter.amount{one}" for one in ("", ".in", ".gt", ".gte", ".lt", ".lte")),
    *(f"filter.close_date{one}" for one in ("", ".gt", ".gte", ".lt", ".lte")),
    *(f"filter.owner_id{one}" for one in ("", ".in")),
}


@pytest.fixture
def deals(catalog):
    return catalog(MAPPING, model="crm.opportunities", provider="dialect: soql\n").compiled("acme", "crm.opportunities")


def test_the_conditions_of_a_table_are_native_where_the_call_sends_them(deals) -> None:
    assert deals.list_calls.native_filters == deals.lists[0].native == PARAMETERS
    assert deals.lists[1].native == frozenset()


RENDERED = [
    ([("updated_after", "2026-01-01")], "Changed >= 2026-01-01T00:00:00Z"),
    ([("updated_before", "2026-01-02T10:00:00.5+01:00"), ("created_after", "2026-01-01")],
     "Changed < 2026-01-02T09:00:00.500Z AND Made >= 2026-01-01T00:00:00Z"),
    ([("filter[name][contains]", "50%"), ("filter[id][in]", "a,b'")], "Id IN ('a', 'b\\'') AND Name LIKE '%50\\%%'"),
    ([("filter[amount][gte]", "5"), ("filter[amount][lt]", "7.5")], "Amount >= 5 AND Amount < 7.5"),
    ([("filter[close_date]", "2026-01-31")], "Closed >= 2026-01-31T00:00:00Z AND Closed < 2026-02-01T00:00:00Z"),
    ([("filter[close_date][lte]", "2026-01-31")], "Closed < 2026-02-01T00:00:00Z"),
    ([("filter[close_date][gt]", "2026-01-31")], "Closed >= 2026-02-01T00:00:00Z"),
    ([("filter[close_date][lte]", "2026-01-31T10:00:00Z")], "Closed <= 2026-01-31T10:00:00Z"),
    ([("filter[name]", "A"), ("filter[name][contains]", "B")], "Name = 'A'"),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "written"), RENDERED)
def test_conditions_are_written_in_the_order_of_the_table(deals, pairs, written) -> None:
    request = first_page(deals, query_from_pairs(pairs, deals.model), BINDINGS)
    assert (request.path, request.body) == ("/search", {"where": written})


@pytest.mark.parametrize(
    "pairs", [[], [("created_before", "2026-01-01")], [("filter[status]", "open")], [("filter[owner_id][ne]", "a")]]
)
def test_without_a_condition_of_the_table_filters_are_missing(deals, pairs) -> None:
    query = query_from_pairs(pairs, deals.model)
    assert first_page(deals, query, BINDINGS).path == "/all"
    assert deals.list_for(query).remaining == query.requested()


def test_what_the_provider_must_not_learn_is_not_written(deals) -> None:
    query = query_from_pairs([("filter[owner_id]", "a"), ("filter[name]", "b")], deals.model)
    kept = msgspec.structs.replace(query, here=frozenset({"filter.owner_id"}))
    assert first_page(deals, kept, BINDINGS).body == {"where": "Name = 'b'"}


def test_a_call_adds_rows_of_its_own(catalog) -> None:
    more = MAPPING.replace(
        "    request: POST /search\n", "    request: POST /search\n    filters: {status: State, name: Title}\n"
    )
    deals = catalog(more, model="crm.opportunities", provider="dialect: soql\n").compiled("acme", "crm.opportunities")
    query = query_from_pairs([("filter[status]", "open"), ("filter[name][in]", "a,b")], deals.model)
    assert first_page(deals, query, BINDINGS).body == {"where": "State = 'open' AND Title IN ('a', 'b')"}


def test_a_chain_is_chosen_by_the_rows_of_its_calls(catalog) -> None:
    text = MAPPING.split("filters:", maxsplit=1)[0] + (
        "list:\n"
        "  - {when: $exists($filters), from: [a, b]}\n"
        "  - {name: a, request: GET /a, filters: &rows {name: Name}, query: &query '{\"q\": $filters}'}\n"
        "  - {name: b, request: GET /b, filters: *rows, query: *query}\n"
        "  - {request: GET /all}\n"
    )
    deals = catalog(text, model="crm.opportunities", provider="dialect: soql\n").compiled("acme", "crm.opportunities")
    query = query_from_pairs([("filter[name]", "x")], deals.model)
    assert deals.list_for(query).index == 0
    assert first_page(deals, query, BINDINGS).path == "/a"


REFUSED_VALUES = [
    (
        "sysparm",
        "[eq]",
        "a^b",
        "filter[name]: $sysparm: expected text without `^` and control characters, which could end the condition",
    ),
    ("soql", "[eq], as: number", "x", "filter[name]: expected a number"),
    ("soql", "[eq], as: boolean", "x", "filter[name]: expected true or false"),
    ("hubspot", "[eq], as: millis", "x", "filter[name]: expected a time"),
    ("hubspot", "[eq], as: date", "2026-02-31", "filter[name]: expected a date"),
]


@pytest.mark.parametrize(("dialect", "operators", "value", "message"), REFUSED_VALUES)
def test_a_value_that_cannot_be_written_is_refused_with_its_condition(catalog, dialect, operators, value, message) -> None:
    text = f'record: \'{{"id": id, "name": n}}\'\nfilters: {{name: {{field: n, operators: {operators}}}}}\n'
    text += "list: [{request: GET /x, query: '{\"q\": $filters}'}]\n"
    deals = catalog(text, model="crm.opportunities", provider=f"dialect: {dialect}\n").compiled("acme", "crm.opportunities")
    with pytest.raises(ValidationFailed) as caught:
        first_page(deals, query_from_pairs([("filter[name]", value)], deals.model), BINDINGS)
    assert str(caught.value) == message
    assert [one.pointer for one in caught.value.errors] == ["filter[name]"]


def test_what_neither_the_table_nor_the_record_has_is_refused(deals) -> None:
    with pytest.raises(UnsupportedFilter):
        deals.list_for(query_from_pairs([("filter[loss_reason]", "x")], deals.model))


ENUM = """\
enums:
  state: {open: [new, started], won: done, lost: gone}
record: |
  {"id": id, "status": $toCommon("state", state, done ? "won" : "lost"), "remote_status": state}
filters: {status: {field: State, enum: state}}
list: [{request: GET /x, query: '{"q": $filters}'}]
"""


@pytest.fixture
def states(catalog):
    return catalog(ENUM, model="crm.opportunities", provider="dialect: soql\n").compiled("acme", "crm.opportunities")


@pytest.mark.parametrize(
    ("pair", "written"),
    [
        (("filter[status]", "open"), {"q": "State IN ('new', 'started')"}),
        (("filter[status][in]", "open,open"), {"q": "State IN ('new', 'started')"}),
    ],
)
def test_a_common_word_is_compared_with_all_native_words_that_mean_it(states, pair, written) -> None:
    query = query_from_pairs([pair], states.model)
    assert dict(first_page(states, query, BINDINGS).query) | written == dict(first_page(states, query, BINDINGS).query)
    assert states.list_for(query).remaining == frozenset()


@pytest.mark.parametrize("pair", [("filter[status]", "won"), ("filter[status][in]", "open,lost"), ("filter[status]", "other")])
def test_a_word_of_which_the_native_words_are_not_all_known_is_tested_on_the_records(states, pair) -> None:
    query = query_from_pairs([pair], states.model)
    assert "q" not in dict(first_page(states, query, BINDINGS).query)
    assert states.list_for(query).remaining == query.requested()


WRONG = [
    ("soql", "status: {field: x, enum: stat}", "status", "no enum is called `stat`. Known: none"),
    ("soql", "nam: x", "nam", "crm.opportunities has no field `nam` to filter by. Did you mean 'name'? Known: …"),
    ("hubspot", "name: {field: x, operators: [ne]}", "name", "`ne` cannot be said here. Known: eq, gt, gte, in, lt, lte"),
    ("soql", "updated_at: {field: x, operators: [eq]}", "updated_at", "`eq` cannot be said here. Known: gte, lt"),
    (
        "jql",
        "updated_at: x",
        "updated_at",
        "the dialect cannot write a datetime. Known: boolean, date, number, text; `as` chooses another form",
    ),
    (
        "soql",
        "amount: {names: {gte: x}}",
        "amount",
        "`names` are for the dialect `query`, in which every operator has its own parameter",
    ),
    ("query", "amount: {operators: [eq]}", "amount", "expected `field`, the provider's name"),
    ("query", "amount: {field: x, operators: [gte]}", "amount", "`gte` needs its own parameter: give it under `names`"),
    (
        "soql",
        "close_date: {field: x, as: datetime, operators: [in]}",
        "close_date",
        "`in` cannot compare days with moments. Known: eq, gt, gte, lt, lte",
    ),
    (
        "zendesk",
        "name: x, stage_id: x",
        "stage_id",
        "`name` has the field `x` already, and the dialect has one place for both",
    ),
]


@pytest.mark.parametrize(("dialect", "row", "name", "message"), WRONG)
def test_a_row_that_cannot_hold_is_refused(catalog, dialect, row, name, message) -> None:
    text = f"record: '{{\"id\": id}}'\nfilters: {{{row}}}\nlist: [{{request: GET /x, query: '{{\"q\": $filters}}'}}]\n"
    with pytest.raises(CatalogError) as caught:
        catalog(text, model="crm.opportunities", provider=f"dialect: {dialect}\n")
    head = f"mappings/acme/crm.opportunities.yaml:2:{len('filters: {') + 1 + row.find(f'{name}:')}: filter `{name}`: "
    assert str(caught.value).startswith(head + message.rstrip("…"))


def test_an_enum_is_compared_for_equality_only(catalog) -> None:
    text = ENUM.replace("enum: state}", "enum: state, operators: [gt]}")
    with pytest.raises(CatalogError, match=r"filter `status`: `gt` cannot be said here\. Known: eq, in"):
        catalog(text, model="crm.opportunities", provider="dialect: soql\n")


PLACES = [
    ("filters: {name: x}\nlist: [{request: GET /x}]\n", "dialect: soql\n",
     "2:1: no list call sends `$filters`, so none of these conditions is applied: read it in `query` or `body`"),
    ("filters: {name: x}\nlist: [{request: GET /x, query: '{\"q\": $filters}'}]\n", "",
     "2:1: `filters` need a `dialect` in providers/acme.yaml. Known: graphql, hubspot, jql, mongo, odata, query, soql, sysparm, zendesk"),
    ("get: {request: GET /x, filters: {name: x}}\n", "dialect: soql\n", "2:24: `filters` are rows for a list call: remove them here"),
    ("list: [{request: GET /x, query: '{\"q\": $filters}'}]\n", "dialect: soql\n", "2:40: unknown variable $filters. Did you mean 'fields'? Known here: "),
    ("filters: {name: {field: x, operator: [eq]}}\n", "", "2:28: unknown key `operator`. Did you mean 'operators'? Known keys: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "provider", "message"), PLACES)
def test_a_table_that_does_nothing_is_refused(catalog, text, provider, message) -> None:
    with pytest.raises(CatalogError) as caught:
        catalog("record: '{\"id\": id}'\n" + text, model="crm.opportunities", provider=provider)
    assert str(caught.value).startswith(f"mappings/acme/crm.opportunities.yaml:{message}")
