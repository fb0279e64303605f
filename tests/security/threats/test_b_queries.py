"""B11 to B13 through REST: whatever the value of a filter or search is, the query has the structure of a harmless one."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx2
import msgspec
import pytest

from tests.conformance.subjects import Subject, filters, mapping, parents, scenario, subjects
from tests.security.threats.values import HOSTILE
from tests.security.threats.world import WatchedService
from tests.sizes import FULL_SIZE
from tests.world import PROVIDERS
from unified.transform.queries.query import shown_parameter
from unified.transform.queries.query_values import BY_KIND

pytestmark = pytest.mark.slow

HARMLESS = "harmless"
LITERALS = {
    "salesforce": ({"q", "where"}, re.compile(r"'(?:\\[nrtbf\"'\\%_]|[^'\\\n\r])*'")),
    "jira": ({"jql"}, re.compile(r'"(?:\\[nrt"\\]|\\u[0-9a-f]{4}|[^"\\\n\r])*"')),
    "zendesk": ({"query"}, re.compile(r'"[^"\\\n\r]*"')),
    "github": ({"q"}, re.compile(r'"[^"\\\n\r]*"')),
    "dynamics": ({"$filter"}, re.compile(r"'(?:[^']|'')*'")),
    "servicenow": ({"sysparm_query"}, re.compile(r"(?<=[a-z])(?:=|IN|LIKE)[^^]*")),
}
"""Parameters that hold a query, and one text literal of its language, as the provider reads it."""


def path_of(subject: Subject) -> str:
    """Where a model is listed."""
    named = (scenario(subject)["path"][one] for one in mapping(subject).model.path_parameters)
    return "/".join(("", *subject.model.split("."), *named))


def conditions(subject: Subject) -> Iterator[str]:
    """Parameters of a list that take any text and that the provider itself does."""
    kinds = {one.name: one.kind for one in mapping(subject).model.fields}
    for parameter, field, operator in filters(subject):
        if operator == "contains" or kinds[field] not in BY_KIND:
            yield shown_parameter(parameter)
    if "search" in mapping(subject).list_calls.native_filters:
        yield "search"


def structure(request: httpx2.Request, provider: str, value: str) -> tuple[Any, ...]:
    """A request without the texts of its literals."""
    raw = request.url.raw_path.decode("ascii")
    path, _, query = raw.partition("?")
    path = "/".join("·" if one == quote(value, safe="") else one for one in path.split("/"))
    pairs = [(name, _masked(name, text, provider, value)) for name, text in parse_qsl(query, keep_blank_values=True)]
    body = _blank(msgspec.json.decode(request.content), value) if request.content else None
    return request.method, path, pairs, body


def _masked(name: str, text: str, provider: str, value: str) -> str:
    names, literal = LITERALS.get(provider, (set(), None))
    if literal is None or name.rpartition(".")[2] not in names or text == value:
        return "·" if _is(text, value) else text
    bare = literal.sub("·", text)
    return re.sub(r"·(?: ·)+", "·", bare)  # words of a search


def _blank(body: Any, value: str) -> Any:
    if isinstance(body, dict):
        return {name: _blank(one, value) for name, one in body.items()}
    if isinstance(body, list):
        return [_blank(one, value) for one in body]
    return "·" if isinstance(body, str) and _is(body, value) else body


def _is(text: str, value: str) -> bool:
    """Whether a text is the value, whatever a mapping did to its case and ends."""
    return text.casefold().strip().strip("*") == value.casefold().strip().strip("*")


async def left(world: WatchedService, subject: Subject, **asked: str) -> tuple[httpx2.Response, list[httpx2.Request]]:
    """The answer to a list, and what left for it."""
    given = {f"filter[{name}]": "beside" for name in parents(subject)}
    world.wire.take()
    answer = await world.ask("GET", f"{path_of(subject)}?{urlencode({'limit': '1', **given, **asked})}", subject.provider)
    return answer, world.wire.take()


def hostile_for(parameter: str, turn: int) -> list[str]:
    """The values to try; in the small size four of them, others with each parameter, so that each is tried with many."""
    if FULL_SIZE:
        return list(HOSTILE[:5] if "][" in parameter else HOSTILE)
    return [HOSTILE[(turn * FEW + one) % len(HOSTILE)] for one in range(FEW)]


FEW = 4
CONDITIONS = {"freshservice": 2, "gusto": 2, "sagehr": 1, "workday": 0}
"""Conditions that reach a provider as text, where it has fewer than three."""


@pytest.mark.takes(seconds=30)  # every condition of every model with each hostile value
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_b11_b12_a_condition_keeps_the_structure_of_the_query(world: WatchedService, provider: str) -> None:
    tried = 0
    for subject in (one for one in subjects("list") if one.provider == provider):
        for parameter in conditions(subject):
            answer, plain = await left(world, subject, **{parameter: HARMLESS})
            if not plain:
                is_refused = answer.status_code == 422 or answer.json()["code"] == "invalid_id"
                assert is_refused, f"{subject} {parameter}: {answer.text}"
                continue
            expected = [structure(one, provider, HARMLESS) for one in plain]
            tried += 1
            for value in hostile_for(parameter, tried):
                answer, sent = await left(world, subject, **{parameter: value})
                told = f"{subject} {parameter}={value!r}"
                if not sent and (answer.status_code == 422 or answer.json()["code"] == "invalid_id"):
                    continue  # refused: the query has no way of writing it
                assert [structure(one, provider, value) for one in sent][:1] == expected[:1], told
                assert answer.status_code != 500, f"{told}: {answer.text}"
    assert tried >= CONDITIONS.get(provider, 3)


def test_b11_a_value_that_breaks_out_would_be_seen() -> None:
    """The search for literals takes the provider's view: what ends one early shows."""
    for provider, name, text in (
        ("salesforce", "q", "SELECT Id FROM Contact WHERE Name = '{}'"),
        ("jira", "jql", 'project = "{}"'),
        ("zendesk", "query", 'type:ticket "{}"'),
    ):
        plain = _masked(name, text.format(HARMLESS), provider, HARMLESS)
        broken = [value for value in HOSTILE if _masked(name, text.format(value), provider, value) != plain]
        assert len(broken) >= 4, provider


NAMES = (
    "Name, (SELECT Id FROM Contacts)", "name desc; drop", "name;--", "(SELECT Id FROM Cases)", "Id FROM User LIMIT 1", "a'b", 'a"b', "a b",
    "__class__.__init__", "a\nb", "a&b=c", "a)b", "name)", "n" * 5000, "../x",
)  # fmt: skip
WORDS = ("__proto__", "constructor", "prototype", "__class__", "toString")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_b13_names_of_fields_are_not_free_text(world: WatchedService, provider: str) -> None:
    subject = next(one for one in subjects("list") if one.provider == provider and "fields" not in one.model)
    for name in (*NAMES, *WORDS):
        for parameter in ("fields", "sort", "expand"):
            await refused(world, subject, **{parameter: name})
        await refused(world, subject, **{f"filter[{name}]": "x"})
    for name in (*NAMES[:8], *NAMES[9:]):
        if name != "../x":
            await refused(world, subject, fields=f"custom_fields.{name}")
    for name in ("", ".", " "):
        await refused(world, subject, fields=f"custom_fields.{name}")


async def refused(world: WatchedService, subject: Subject, **asked: str) -> None:
    """Assert that a list is refused by a rule of ours, with nothing sent."""
    answer, sent = await left(world, subject, **asked)
    assert sent == [], f"{subject} {asked}"
    assert answer.status_code in {400, 422}, f"{subject} {asked}: {answer.text}"
    assert answer.json()["code"] in {"validation_failed", "unsupported_field", "unsupported_filter", "malformed_request"}, (
        answer.text
    )


async def test_b13_a_custom_field_that_leads_to_another_object_is_refused(world: WatchedService) -> None:
    contacts = Subject(provider="salesforce", model="crm.contacts")
    for name in ("Owner.Email", "Account.Owner.Name", "Cases__r"):
        answer, sent = await left(world, contacts, fields=f"custom_fields.{name}", include_raw="true")
        assert sent == [], name
    deals = Subject(provider="salesforce", model="crm.opportunities")
    answer, sent = await left(world, deals, fields="custom_fields.Owner.Email")
    assert (answer.status_code, answer.json()["code"], sent) == (422, "unsupported_field", [])
    assert answer.json()["detail"] == (
        "crm.opportunities: expected custom_fields.<key> with the key of a custom field, "
        "text of at most 200 characters like `*__c` with any text for `*`"
    )


@pytest.mark.parametrize(
    ("provider", "path", "key"),
    [
        ("hubspot", "/crm/contacts", "loyalty_tier"),
        ("hibob", "/hris/employees", "custom.category_1.field-2"),
        ("jira", "/ticketing/tickets", "customfield_10010"),
        ("salesforce", "/crm/contacts", "Region__c"),
        ("bamboohr", "/hris/employees", "customShirtsize"),
    ],
)
async def test_b13_the_keys_that_providers_have_are_taken(world: WatchedService, provider: str, path: str, key: str) -> None:
    answer = await world.ask("GET", f"{path}?limit=1&fields=custom_fields.{key}", provider)
    assert world.wire.take(), answer.text
    assert answer.json().get("code") != "unsupported_field", answer.text


@pytest.mark.parametrize(
    ("provider", "path", "field"),
    [("salesforce", "/crm/opportunities", "close_date"), ("jira", "/ticketing/tickets", "due_date")],
)
@pytest.mark.parametrize("operator", ["", "[gt]", "[lte]", "[in]"])
async def test_b11_a_condition_on_a_date_takes_a_date(
    world: WatchedService, provider: str, path: str, field: str, operator: str
) -> None:
    for value in (*HOSTILE, "soon", "2026-02-30", "2026-01-01 OR 1=1"):
        answer = await world.ask("GET", f"{path}?{urlencode({f'filter[{field}]{operator}': value})}", provider)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), value
    assert world.wire.take() == []
    answer = await world.ask("GET", f"{path}?{urlencode({f'filter[{field}]{operator}': '2026-01-31'})}", provider)
    assert answer.json().get("code") != "validation_failed"
