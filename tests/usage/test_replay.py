"""A recorded call is decided again as the call itself is decided: by the same limit, or not at all."""

import random

from tests.world import catalog
from unified.errors.error import UnifiedError
from unified.models import method_class
from unified.service.access.principals import Principal
from unified.service.access.scope.inheritance import read_scope, scope_vocabulary
from unified.service.records.opening import open_call
from unified.service.usage.recorded_calls import RecordedCall
from unified.service.usage.replay import ReplayWorld, replay
from unified.transform.queries.query import Query

SCOPES = 25
CALLS_EACH = 12
CODES = {
    None,
    "outside_accounts",
    "method_not_allowed_by_scope",
    "outside_models",
    "outside_tags",
    "writes_denied",
    "field_hidden",
}


def drawn_scopes(accounts, chooser):
    """Scopes of all forms, some of which name accounts."""
    words = scope_vocabulary(catalog())
    found = []
    while len(found) < SCOPES:
        config = _config(chooser)
        if chooser.random() < 0.3:
            config["accounts"] = chooser.sample(accounts, k=1)
        found.append(read_scope(config, words))
    return found


def _config(chooser):
    config = {}
    for name, values in (
        ("methods", ("read", "write", "custom", "list", "get", "create")),
        ("tags", ("support", "crm", "hris", "directory")),
        ("models", ("crm.contacts", "crm.opportunities", "hris.employees", "ticketing.tickets", "ticketing.comments")),
    ):
        if chooser.random() < 0.5:
            config[name] = chooser.sample(values, k=chooser.randint(1, 4))
    fields = ("emails", "ticketing.tickets.description", "name", "hris.employees.date_of_birth", "first_name")
    config["fields"] = {
        "hide": chooser.sample(fields, k=chooser.randint(0, 2)),
        "show": chooser.sample(fields, k=chooser.randint(0, 2)),
        "classes": chooser.sample(("none", "personal", "sensitive", "secret"), k=chooser.randint(1, 4)),
    }
    config["writes"] = chooser.choice(("deny", "approve", "direct"))
    return config


async def code_of_call(services, tenant, scope, call):
    """The code with which the call itself is refused before anything is sent; None if it is not."""
    caller = Principal(tenant_id=tenant, key_id="key_1", role="app", scope=scope)
    try:
        opened = await open_call(services, caller, call.account_id, call.model, call.method)
        fields = opened.visibility.fields
        if method_class(call.method) == "read":
            fields.shown_query(Query(fields=tuple(sorted(call.names))))
        else:
            fields.refuse_hidden_keys(dict.fromkeys(call.names))
    except UnifiedError as refused:
        return refused.code
    return None


async def test_each_call_is_decided_as_it_was(world):
    chooser = random.Random(7)
    ids = [world.accounts[one] for one in ("hubspot", "zendesk", "bamboohr")]
    rows = [await world.services.rows.account(world.tenant, one) for one in ids]
    replayed = ReplayWorld(catalog=world.services.catalog, accounts={row.id: row for row in rows})
    operations = [
        (row.id, mapping.model, method)
        for row in rows
        for mapping in world.services.catalog.offered(row.provider)
        for method in mapping.methods
    ]
    codes = set()
    for scope in drawn_scopes(ids, chooser):
        for account_id, model, method in chooser.sample(operations, k=CALLS_EACH):
            names = frozenset(chooser.sample([one.name for one in model.fields], k=chooser.randint(1, 3)))
            call = RecordedCall(account_id=account_id, model=model.id, method=method, names=names)
            outcome = replay(replayed, (scope,), call)
            code = None if outcome.refusal is None else outcome.refusal.code
            assert code == await code_of_call(world.services, world.tenant, scope, call), (scope, call)
            codes.add(code)
    assert codes >= CODES - {"outside_tags"}
