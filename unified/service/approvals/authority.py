"""Who may decide about a write: whoever reaches all of it. One rule for the list, the page, approving and declining.

Reach is that of the write itself: account, model, method, tags, the record among the chosen resources, every field that is
written or shown. The policy for writes does not matter: who decides about the writes of others need not be able to make any.
What lies outside does not exist (404); a field that is hidden is a refusal that names it (403).
"""

from typing import Any

import msgspec

from unified.errors import CatalogError, FieldHidden, NotFound, OutsideResources, UnifiedError
from unified.models import MODELS, Model
from unified.service.access import scopes
from unified.service.access.permissions import DECIDES, has_permission
from unified.service.access.principals import Principal
from unified.service.access.scopes import Scopes
from unified.service.approvals.payload import open_payload
from unified.service.approvals.validity import open_as_requester, valid_approval
from unified.service.audit.request_context import audit_context
from unified.service.records.boundary.boundary import Boundary, boundary_of
from unified.service.records.call import Call
from unified.service.records.hidden_fields import FieldVisibility
from unified.service.records.writing import Plan, Write, authorize_write, values_of
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow
from unified.transform.mapping import Mapping
from unified.transform.query import Query

NO_APPROVAL = "no such approval"
NAMELESS = frozenset({"*", "**", "id", "name", "value", "values", "type", "label", "key"})
"""Last steps of a provider's path that say nothing by themselves; the step before them does."""


async def decides(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """Whether the caller may see the whole write and decide about it; its own writes are told apart later."""
    try:
        await require_decides(services, approver, row)
    except UnifiedError:  # also a provider that cannot be asked where the record lies
        return False
    return True


async def require_decides(services: Services, approver: Principal, row: ApprovalRow) -> None:
    """Raise NotFound or Forbidden unless the caller decides; what the provider refuses when it is asked where a record lies."""
    if not await reaches(services, approver, row):
        raise NotFound(NO_APPROVAL)
    limited = _has_resources(approver.scopes)
    if row.status != "pending" or row.model not in MODELS or not (limited or _hidden(approver, row)):
        return
    if limited:
        bound = await valid_approval(services, row)
        await require_whole(await open_as_requester(services, row, bound), approver, bound.document.write)
        return
    document = await open_payload(services, row)
    if document is None:
        raise NotFound(NO_APPROVAL)
    _require_fields(approver, MODELS[row.model], document.write)


async def reaches(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """What the row alone tells: permission, account, model, method and tags.

    Where a record lies can be told only while its write waits; later an approver with chosen resources sees what it decided.
    """
    model = MODELS.get(row.model)
    if not has_permission(approver, DECIDES) or not scopes.allows_account(approver.scopes, row.account_id):
        return False
    if row.status != "pending" and _has_resources(approver.scopes) and row.decided_by != approver.key_id:
        return False
    if model is None:  # of an earlier version: it can only turn out to be void
        return scopes.reaches_all_models(approver.scopes)
    return scopes.reaches(approver.scopes, model, row.method, await _tags(services, approver, row))


async def _tags(services: Services, approver: Principal, row: ApprovalRow) -> tuple[str, ...]:
    """The tags of the mapping; none for an account that is gone, so that a scope with tags does not reach it."""
    if all(one.tags is msgspec.UNSET for one in approver.scopes):
        return ()
    account = await services.rows.account(row.tenant_id, row.account_id)
    try:
        return () if account is None else services.catalog.compiled(account.provider, row.model).tags
    except CatalogError:
        return ()


async def require_whole(call: Call, approver: Principal, write: Write) -> None:
    """Raise NotFound for a record outside the approver's resources, FieldHidden for a field that it does not see."""
    try:
        await _require_place(call, approver, write)
    except (OutsideResources, NotFound):
        raise NotFound(NO_APPROVAL) from None
    _require_fields(approver, call.mapping.model, write)
    require_linked(call, approver, write)


def require_linked(call: Call, approver: Principal, write: Write) -> None:
    """Raise Forbidden for a link of records of a model, or by a field, that the approver does not reach."""
    call.visibility.check_links({**write.body, **values_of(call, write)}, approver.scopes)


async def require_within(call: Call, approver: Principal, write: Write) -> None:
    """Raise what the approver would be refused with if it made this write, the reasons told."""
    await _require_place(call, approver, write)
    _require_fields(approver, call.mapping.model, write)


async def _require_place(call: Call, approver: Principal, write: Write) -> None:
    """Judge where a write goes by the approver's resources; nothing of it is sent. `call` may send."""
    if not _has_resources(approver.scopes):
        return  # the account's own boundary held when the requester was judged
    boundary = boundary_of(call.account.resources, approver.scopes)
    visibility = msgspec.structs.replace(call.visibility, hidden=frozenset(), boundary=boundary)
    with audit_context():
        await authorize_write(msgspec.structs.replace(call, visibility=visibility), write)


def require_open(call: Call, approver: Principal, plan: Plan) -> None:
    """Raise FieldHidden when a planned request repeats what was read from the record, and so would show a hidden field."""
    hidden = hidden_from(approver, call)
    operations = (call.mapping.operation(call.method), *(one.operation for one in plan.requests))
    if not (hidden and any(one.before for one in operations)):
        return
    sent = {key for one in plan.requests for key in _keys(one.request.body)}
    shown = sorted(name for name in hidden if _natives(call.mapping, name) & sent)
    if shown:
        raise FieldHidden(f"{call.mapping.model.id}: the request would show fields hidden from this key: {', '.join(shown)}")


def _keys(value: Any) -> set[str]:
    """Every key of a body, at any depth."""
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    if isinstance(value, dict):
        return value.keys() | {key for one in value.values() for key in _keys(one)}
    return set()


def _natives(mapping: Mapping, name: str) -> set[str]:
    """The provider's names of what a field is read from."""
    if "get" not in mapping.methods:
        return set()
    operation = mapping.operation("get")
    base = {read.path for read in mapping.shape(operation, Query(fields=("id",))).expression.analysis.reads}
    paths = {read.path for read in mapping.shape(operation, Query(fields=(name,))).expression.analysis.reads} - base
    return {next((step for step in reversed(path) if step not in NAMELESS), "") for path in paths} - {""}


def hidden_from(approver: Principal, call: Call) -> frozenset[str]:
    """Fields of a call's model that an approver does not see."""
    return scopes.hidden_fields(approver.scopes, call.mapping.model)


def may_write(approver: Principal, call: Call) -> bool:
    """Whether the approver could make this write itself without asking anybody."""
    allowed = scopes.allows(approver.scopes, call.mapping.model, call.method, call.mapping.tags)
    return allowed and scopes.write_policy(approver.scopes) == "direct"


def require_may_write(approver: Principal, call: Call) -> None:
    """Raise the refusal that fits unless `may_write`: other values in place of those asked for are the approver's write."""
    scopes.require(approver.scopes, call.mapping.model, call.method, call.mapping.tags)
    scopes.require_direct_writes(approver.scopes)


def _require_fields(approver: Principal, model: Model, write: Write) -> None:
    """Raise what the approver would be refused with for this body."""
    limited = not scopes.reaches_all_models(approver.scopes)
    hidden = scopes.hidden_fields(approver.scopes, model)
    FieldVisibility(model=model, hidden=hidden, boundary=Boundary(), is_limited=limited).check_body(write.body)


def _hidden(approver: Principal, row: ApprovalRow) -> bool:
    return bool(scopes.hidden_fields(approver.scopes, MODELS[row.model])) or not scopes.reaches_all_models(approver.scopes)


def _has_resources(given: Scopes) -> bool:
    return any(scopes.chosen_of(one) for one in given)
