"""No answer tells what stands in a hidden field: worlds that differ in nothing else have the same answers and the same calls.

What tells the same as a hidden field is hidden with it, so all that only these fields are made from may differ.
"""

import random
import re

import pytest

from tests.records.two_worlds import Case, as_arguments, comparable, other, questions, words_in
from tests.world import catalog
from unified.models import MODELS
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import UNLIMITED, FieldScope, Scope
from unified.transform.coverage import provider_paths
from unified.transform.tools import tool_name

QUESTIONS = 8
HELD = [
    ("jira", "ticketing.tickets", "issues", "description status assignee_ids due_date tags number"),
    ("zendesk", "ticketing.tickets", "tickets", "description status priority name tags reporter_id"),
    ("zendesk", "ticketing.contacts", "users", "first_name emails phone_numbers details tags"),
    ("hubspot", "crm.contacts", "contacts", "emails last_name phone_numbers title description birth_date lead_source"),
    ("hubspot", "crm.opportunities", "deals", "amount stage_id close_date name type"),
    ("salesforce", "crm.contacts", "Contact", "emails phone_numbers title last_name department birth_date"),
    ("salesforce", "crm.opportunities", "Opportunity", "amount stage_name description type lead_source"),
    ("bamboohr", "hris.employees", "employees", "work_email mobile_phone gender date_of_birth national_id job_title last_name"),
    pytest.param(
        *("hibob", "hris.employees", "employees", "work_email gender date_of_birth mobile_phone job_title"),
        marks=pytest.mark.slow,  # each search reads the whole list
    ),
]


@pytest.mark.parametrize(("provider", "model", "resource", "names"), HELD)
async def test_no_answer_reveals_a_hidden_field(world, provider, model, resource, names):
    rng = random.Random(provider + model)
    state = world.lives[provider].state[resource]
    hide = tuple(f"{model}.{name}" for name in rng.sample(names.split(), 3))
    scope = Scope(methods=("read", "write"), fields=FieldScope(hide=hide, classes=UNLIMITED.fields.classes), writes="direct")
    paths = hidden_paths(provider, model, scope)
    case = Case(provider=provider, model=model, chosen={}, resource=resource, is_outside=bool, kept=frozenset())
    some = list(state.values())[:6]
    words = ["open", "zzzz", *dict.fromkeys(word for record in some for word in words_in(record))]
    ids = [*list(state)[:2], "99999999"]
    queries = list(questions(case, words, ids, seed=7, count=QUESTIONS))
    relations = {"ticketing.tickets": "creator", "crm.opportunities": "account", "crm.contacts": "account"}
    if model in relations:
        queries.append({"limit": "5", "expand": relations[model]})
    headers = {"Authorization": f"Bearer {await world.key(scope=as_given(scope))}"}
    here = await told(world, case, queries, ids, headers)
    assert sum(put(record, path) for record in state.values() for path in paths), paths
    assert await told(world, case, queries, ids, headers) == here
    assert any(status == 200 for status, *_ in here)


def as_given(scope):
    fields = {"hide": list(scope.fields.hide), "classes": list(UNLIMITED.fields.classes)}
    return {"methods": list(scope.methods), "fields": fields, "writes": "direct"}


def hidden_paths(provider, model, scope):
    """Paths of the provider that nothing but hidden fields are made from."""
    mapping = catalog().compiled(provider, model)
    hidden = hidden_fields((scope,), MODELS[model])
    read = {name: {tuple(path.split(".")) for path in provider_paths(mapping, name)} for name in mapping.filled}
    shown = {path for name, paths in read.items() if name not in hidden and name != "custom_fields" for path in paths}
    own = {path for name in hidden for path in read.get(name, ())}
    return sorted(path for path in own if not any(path[: len(one)] == one[: len(path)] for one in shown))


def put(record, path):
    """Change what stands at a path; answers whether there was something."""
    *above, last = path
    for name in above:
        record = record.get(name) if isinstance(record, dict) else None
    if not isinstance(record, dict) or record.get(last) is None:
        return False
    record[last] = other(record[last], frozenset({"id", "accountId", "key", "self", "statusCategory"}))
    return True


async def told(world, case, queries, ids, headers):
    path = f"/{case.model.replace('.', '/')}"
    account = {"account_id": world.accounts[case.provider]}
    tool = tool_name(MODELS[case.model], "list")
    found = []

    async def ask(verb, place, query=None, body=None):
        before = len(await world.reached(case.provider))
        answer = await world.client.request(verb, place, params={**account, **(query or {})}, json=body, headers=headers)
        # Salesforce numbers its cursors over all queries.
        calls = [re.sub(r"/query/\w+-", "/query/…-", one["path"]) for one in (await world.reached(case.provider))[before:]]
        found.append((answer.status_code, place, query, comparable(answer.json()), calls))

    for query in queries:
        await ask("GET", path, query)
        await ask("POST", f"/tools/{tool}", body={"arguments": as_arguments(query)})
    for one in ids:
        await ask("GET", f"{path}/{one}")
    await ask("GET", f"{path}/schema")
    return found
