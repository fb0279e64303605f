"""Whatever scope a key has and whatever is asked for under it: a server is refused, or may do nothing that the key may not."""

import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.mcp.servers.conftest import ACCOUNTS, patch
from tests.sizes import examples
from tests.world import catalog
from unified.errors.access import Forbidden
from unified.errors.requests import NotFound, Unprocessable
from unified.models import MODELS, Model, method_class
from unified.service.access.mcp_authentication import principal_of_server
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.inheritance import read_scope, scope_vocabulary
from unified.service.access.scope.scopes import CLASSES, UNLIMITED, Scope, allows_account, require, write_policy
from unified.service.access.scope.write_rules import POLICIES
from unified.service.mcp_servers.servers import update_server
from unified.settings.settings import Settings

METHODS = ("read", "write", "custom", "list", "get", "create", "update", "delete")
TAGS = ("support", "crm", "hris", "payroll", "directory")
MODEL_IDS = ("crm.contacts", "crm.opportunities", "hris.employees", "ticketing.tickets", "ticketing.comments")
FIELDS = ("emails", "crm.contacts.emails", "hris.employees.date_of_birth", "ticketing.tickets.description", "name", "title")
RESOURCES = ("ticketing.collections", "hris.groups")


def some(words, least=1):
    return st.lists(st.sampled_from(words), min_size=least, max_size=4, unique=True)


def optional(**parts):
    return st.fixed_dictionaries({}, optional=parts)


CONFIGS = optional(
    methods=some(METHODS),
    tags=some(TAGS),
    models=some(MODEL_IDS),
    fields=optional(hide=some(FIELDS, 0), show=some(FIELDS, 0), classes=some(CLASSES)),
    resources=st.dictionaries(st.sampled_from(RESOURCES), st.fixed_dictionaries({"ids": some(("1", "2", "3"))}), max_size=2),
    writes=st.sampled_from(POLICIES),
    write_rules=st.lists(
        optional(
            methods=some(("write", "create", "update", "delete", "custom")),
            models=some(MODEL_IDS),
            writes=st.sampled_from(POLICIES),
        ),
        max_size=3,
    ).map(lambda rules: [{"writes": "deny", **one} for one in rules]),
)
IDS = some(tuple(ACCOUNTS.values()))
PARENTS = st.one_of(st.none(), st.tuples(CONFIGS, st.one_of(st.none(), IDS)))


def parent_of(drawn):
    """The scope of a key; unlimited without one."""
    if drawn is None:
        return UNLIMITED
    config, accounts = drawn
    return read_scope(config if accounts is None else {**config, "accounts": accounts}, scope_vocabulary(catalog()))


def allows(scope, mapping, method):
    try:
        require((scope,), mapping.model, method, mapping.tags)
    except Forbidden:
        return False
    return True


def chosen(scope: Scope, model: Model):
    resources = {} if isinstance(scope.resources, msgspec.UnsetType) else scope.resources
    return None if model.id not in resources else set(resources[model.id].ids)


def asks(scope: Scope, tools):
    """Whether some of these tools would wait for an approval."""
    writing = [one for one in tools if one.method_class != "read"]
    return any(write_policy((scope,), one.model, one.method) == "approve" for one in writing)


def is_within(child: Scope, parent: Scope):
    """Told by what both allow, operation by operation and field by field; not by how scopes are compared when they are made."""
    mappings = [catalog().compiled(*pair) for pair in catalog().mappings()]
    operations = [(one, method) for one in mappings for method in one.methods]
    assert not [one for one in operations if allows(child, *one) and not allows(parent, *one)]
    accounts = (*ACCOUNTS.values(), "acc_other")
    assert not [one for one in accounts if allows_account((child,), one) and not allows_account((parent,), one)]
    assert not [one.id for one in MODELS.values() if hidden_fields((parent,), one) - hidden_fields((child,), one)]
    for model in MODELS.values():
        theirs, ours = chosen(parent, model), chosen(child, model)
        assert theirs is None or (ours is not None and ours <= theirs)
    for mapping, method in operations:
        if method_class(method) != "read" and allows(child, mapping, method):
            ours, theirs = (write_policy((one,), mapping.model.id, method) for one in (child, parent))
            assert POLICIES.index(ours) <= POLICIES.index(theirs), (mapping.model.id, method)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limits=PARENTS, caller=PARENTS, ids=IDS, config=CONFIGS, changed=CONFIGS)
async def test_no_server_may_do_what_its_maker_may_not(world, limits, caller, ids, config, changed):
    admin = await world.maker()
    parent, other = parent_of(limits), parent_of(caller)
    maker = msgspec.structs.replace(admin, scope=parent)
    try:
        row, _, tools = await world.create(maker, account_ids=ids, config=config)
    except (Forbidden, Unprocessable) as refused:
        event(f"refused: {refused.code}")
        return
    event("made under a limited key" if limits else "made")
    scope = principal_of_server(Settings(), row).scope
    is_within(scope, parent)
    assert set(scope.accounts) == set(ids)
    assert tools
    mappings = {(one.model.id, one.provider.name): one for pair in catalog().mappings() for one in [catalog().compiled(*pair)]}
    assert {one.name for one in tools if one.model not in MODELS} == ({"get_approval"} if asks(scope, tools) else set())
    for tool in (one for one in tools if one.model in MODELS):
        offering = [one for (model_id, _), one in mappings.items() if model_id == tool.model and tool.method in one.methods]
        assert any(allows(scope, one, tool.method) for one in offering)
    try:
        after = await update_server(
            world.services, "ten_1", row.id, patch(config=changed), caller=msgspec.structs.replace(admin, scope=other)
        )
    except (Forbidden, Unprocessable, NotFound) as refused:
        event(f"not changed: {refused.code}")
        return
    event("changed")
    is_within(principal_of_server(Settings(), after).scope, parent)
    is_within(principal_of_server(Settings(), after).scope, other)


def test_a_wider_child_would_be_found():
    """The control: what the property looks at tells wider scopes from narrower ones."""
    wide, narrow = Scope(methods=("read", "write"), writes="direct"), Scope(methods=("read",), writes="direct")
    is_within(narrow, wide)
    wider = [
        (wide, narrow),
        (narrow, Scope(accounts=("acc_crm",), writes="direct")),
        (narrow, Scope(models=("crm.contacts",), writes="direct")),
        (narrow, Scope(tags=("support",), writes="direct")),
        (UNLIMITED, wide),
        (Scope(methods=("write",), writes="direct"), Scope(methods=("write",), writes="deny")),
    ]
    for child, parent in wider:
        with pytest.raises(AssertionError):
            is_within(child, parent)
