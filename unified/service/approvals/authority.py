"""Who may decide about a write: whoever reaches all of it. One rule for the list, the page, approving and declining.

Reach is that of the write itself: account, model, method, tags, the record among the chosen resources, and every field that is
written or shown. The write policy does not matter: an approver need not be able to write. What lies outside does not exist
(404); a hidden field is a refusal that names it (403).
"""

from typing import Any

import msgspec

from unified.errors.access import FieldHidden, OutsideResources
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
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
from unified.service.records.write import Plan, Write, values_of
from unified.service.records.write_planning import authorize_write
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow
from unified.transform.mapping import Mapping
from unified.transform.query import Query

NO_APPROVAL = "no such approval"
NAMELESS = frozenset({"*", "**", "id", "name", "value", "values", "type", "label", "key"})
"""Last steps of a provider's path that mean nothing by themselves; the step before them does."""


async def decides(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """Return whether the caller may see the whole write and decide about it; its own writes are excluded later."""
    try:
        await require_decides(services, approver, row)
    except UnifiedError:  # also of a provider that cannot be asked where the record lies
        return False
    return True


async def require_decides(services: Services, approver: Principal, row: ApprovalRow) -> None:
    """Require that the caller may see the whole write and decide about it.

    Raises:
        NotFound: the write lies outside the caller's scope, or is void.
        Forbidden: a field of the write is hidden from the caller.
        UnifiedError: what the provider answers when it is asked where the record lies.
    """
    if not await reaches(services, approver, row):
        raise NotFound(NO_APPROVAL)
    limited = _has_resources(approver.scopes)
    if row.status != "pending" or row.model not in MODELS or not (limited or _hidden(approver, row)):
        return
    if limited:
        valid = await valid_approval(services, row)
        await require_whole(await open_as_requester(services, row, valid), approver, valid.payload.write)
        return
    payload = await open_payload(services, row)
    if payload is None:
        raise NotFound(NO_APPROVAL)
    _require_fields(approver, MODELS[row.model], payload.write)


async def reaches(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """Return whether the caller reaches a write, by its row alone: permission, account, model, method and tags.

    The resource of a record is known only while its write is pending; afterwards an approver with chosen resources sees only
    the writes that it decided itself.
    """
    model = MODELS.get(row.model)
    if not has_permission(approver, DECIDES) or not scopes.allows_account(approver.scopes, row.account_id):
        return False
    if row.status != "pending" and _has_resources(approver.scopes) and row.decided_by != approver.key_id:
        return False
    if model is None:  # of an earlier version: it can only be void
        return scopes.reaches_all_models(approver.scopes)
    return scopes.reaches(approver.scopes, model, row.method, await _tags(services, approver, row))


async def _tags(services: Services, approver: Principal, row: ApprovalRow) -> tuple[str, ...]:
    """Return the tags of the mapping; none for an account that is gone, so that a scope with tags does not reach it."""
    if all(one.tags is msgspec.UNSET for one in approver.scopes):
        return ()
    account = await services.rows.account(row.tenant_id, row.account_id)
    try:
        return () if account is None else services.catalog.compiled(account.provider, row.model).tags
    except CatalogError:
        return ()


async def require_whole(call: Call, approver: Principal, write: Write) -> None:
    """Require that an approver reaches the record and every field of a write.

    Raises:
        NotFound: the record lies outside the approver's resources.
        FieldHidden: a field is hidden from the approver.
        Forbidden: a linked record is of a model that the approver does not reach.
    """
    try:
        await _require_place(call, approver, write)
    except (OutsideResources, NotFound):
        raise NotFound(NO_APPROVAL) from None
    _require_fields(approver, call.mapping.model, write)
    require_linked(call, approver, write)


def require_linked(call: Call, approver: Principal, write: Write) -> None:
    """Require that an approver reaches the models and the fields by which a write links records.

    Raises:
        Forbidden: it does not.
    """
    call.visibility.check_links({**write.body, **values_of(call, write)}, approver.scopes)


async def require_within(call: Call, approver: Principal, write: Write) -> None:
    """Require that the approver could make this write itself, with the reason if it could not.

    Raises:
        UnifiedError: what the approver would be refused with.
    """
    await _require_place(call, approver, write)
    _require_fields(approver, call.mapping.model, write)


async def _require_place(call: Call, approver: Principal, write: Write) -> None:
    """Check a write against the approver's resources without sending it; `call` may send."""
    if not _has_resources(approver.scopes):
        return  # the account's own boundary is checked for the requester
    boundary = boundary_of(call.account.resources, approver.scopes)
    visibility = msgspec.structs.replace(call.visibility, hidden=frozenset(), boundary=boundary)
    with audit_context():
        await authorize_write(msgspec.structs.replace(call, visibility=visibility), write)


def require_open(call: Call, approver: Principal, plan: Plan) -> None:
    """Refuse a plan that repeats what was read from the record, and so would show a field hidden from the approver.

    Raises:
        FieldHidden: a planned request contains such a field.
    """
    hidden = hidden_from(approver, call)
    operations = (*call.mapping.calls_of(call.method), *(one.operation for one in plan.requests))
    if not (hidden and any(one.before for one in operations)):
        return
    sent = {key for one in plan.requests for key in _keys(one.request.body)}
    shown = sorted(name for name in hidden if _natives(call.mapping, name) & sent)
    if shown:
        raise FieldHidden(f"{call.mapping.model.id}: the request would show fields hidden from this key: {', '.join(shown)}")


def _keys(value: Any) -> set[str]:
    """Return every key of a body, at any depth."""
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    if isinstance(value, dict):
        return value.keys() | {key for one in value.values() for key in _keys(one)}
    return set()


def _natives(mapping: Mapping, name: str) -> set[str]:
    """Return the provider's names of what a field is read from."""
    if "get" not in mapping.methods:
        return set()
    operation = mapping.operation("get")
    base = {read.path for read in mapping.shape(operation, Query(fields=("id",))).expression.analysis.reads}
    paths = {read.path for read in mapping.shape(operation, Query(fields=(name,))).expression.analysis.reads} - base
    return {next((step for step in reversed(path) if step not in NAMELESS), "") for path in paths} - {""}


def hidden_from(approver: Principal, call: Call) -> frozenset[str]:
    """Return the fields of a call's model that are hidden from an approver."""
    return scopes.hidden_fields(approver.scopes, call.mapping.model)


def may_write(approver: Principal, call: Call) -> bool:
    """Return whether the approver could make this write itself without an approval."""
    allowed = scopes.allows(approver.scopes, call.mapping.model, call.method, call.mapping.tags)
    return allowed and scopes.write_policy(approver.scopes) == "direct"


def require_may_write(approver: Principal, call: Call) -> None:
    """Require that the approver could make this write itself: values that it edits are its own write.

    Raises:
        Forbidden: the limit of its scope that is not met.
    """
    scopes.require(approver.scopes, call.mapping.model, call.method, call.mapping.tags)
    scopes.require_direct_writes(approver.scopes)


def _require_fields(approver: Principal, model: Model, write: Write) -> None:
    """Raise what the approver would be refused with for this body."""
    hidden = scopes.hidden_fields(approver.scopes, model)
    FieldVisibility(model=model, hidden=hidden, boundary=Boundary(), scopes=approver.scopes).check_body(write.body)


def _hidden(approver: Principal, row: ApprovalRow) -> bool:
    return bool(scopes.hidden_fields(approver.scopes, MODELS[row.model])) or not scopes.reaches_all_models(approver.scopes)


def _has_resources(limits: Scopes) -> bool:
    return any(scopes.chosen_of(one) for one in limits)
