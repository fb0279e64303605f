"""Who may decide about a write: whoever reaches all of it. One rule for the list, the page, approving and declining.

Reach is that of the write itself: account, model, method, tags, the record among the chosen resources, and every field that is
written or shown. The write policy does not matter: an approver need not be able to write. What lies outside does not exist
(404); a hidden field is a refusal that names it (403).
"""

import msgspec

from unified.errors.access import OutsideResources
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderDisabled
from unified.errors.requests import NotFound
from unified.models import MODELS
from unified.service.access.permissions import DECIDES, has_permission
from unified.service.access.principals import Principal
from unified.service.access.scope import scopes
from unified.service.access.scope.scopes import Scopes
from unified.service.approvals.payload import ApprovalPayload, open_payload, read_payload
from unified.service.approvals.validity import open_as_requester, valid_approval
from unified.service.approvals.views import Viewer
from unified.service.records.calls.call import Call
from unified.service.records.visibility.account_boundary import account_boundary
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.hidden_fields import FieldVisibility
from unified.service.records.visibility.hiding import hidden_of, refuse_revealing_ids
from unified.service.records.writing.write import Write, path_of
from unified.service.records.writing.write_planning import authorize_write
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow
from unified.telemetry.request_scope import audit_context
from unified.transform.mapping import Mapping

NO_APPROVAL = "no such approval"


class ReachableApproval(msgspec.Struct, frozen=True, kw_only=True):
    """An approval with whoever may decide about it, authorized once for a request; only `reachable_approval` makes it."""

    row: ApprovalRow
    approver: Principal
    payload: ApprovalPayload | None
    """The write, while it waits; None also if it cannot be read any more."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"ReachableApproval({self.row.id!r})"


async def reachable_approval(services: Services, approver: Principal, approval_id: str) -> ReachableApproval:
    """Return an approval as it is now, for a caller that may decide about it by its row.

    Raises:
        NotFound: it is unknown, another tenant's, or the caller may not see it.
    """
    found = await approvals.get_with_payload(services.database, approver.tenant_id, approval_id)
    if found is None or not await can_see(services, approver, found[0]):
        raise NotFound(NO_APPROVAL)
    row, sealed = found
    return ReachableApproval(row=row, approver=approver, payload=open_payload(services, row, sealed))


async def can_decide(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """Return whether the caller may see the whole write and decide about it; its own writes are excluded later."""
    try:
        if not await can_see(services, approver, row):
            return False
        payload = await read_payload(services, row) if await _looks_into(services, approver, row) else None
        await require_can_decide(services, ReachableApproval(row=row, approver=approver, payload=payload))
    except UnifiedError:  # also of a provider that cannot be asked where the record lies
        return False
    return True


async def require_can_decide(services: Services, approval: ReachableApproval) -> None:
    """Require that the caller may see the whole write and decide about it.

    Raises:
        NotFound: the record lies outside the caller's resources, or the write is void.
        Forbidden: a field of the write is hidden from the caller.
        UnifiedError: what the provider answers when it is asked where the record lies.
    """
    row, approver = approval.row, approval.approver
    if not await _looks_into(services, approver, row):
        return
    if _has_resources(approver.scopes):
        valid = await valid_approval(services, row, approval.payload)
        await require_full_access(await open_as_requester(services, row, valid), approver, valid.payload.write)
        return
    mapping = await _mapping(services, row)
    if approval.payload is None or mapping is None:
        raise NotFound(NO_APPROVAL)
    _require_fields(services, approver, mapping, approval.payload.write)


async def _looks_into(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """Return whether the content of a write, in addition to its row, limits who may decide about it."""
    mapping = await _mapping(services, row) if row.status == "pending" else None
    return mapping is not None and (_has_resources(approver.scopes) or _sees_part(services, approver, mapping))


async def can_see(services: Services, approver: Principal, row: ApprovalRow) -> bool:
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
    mapping = await _mapping(services, row)
    return () if mapping is None else mapping.tags


async def _mapping(services: Services, row: ApprovalRow) -> Mapping | None:
    """Return the mapping of a write; None for an account or a model that is gone, so that the write is void."""
    account = await services.rows.account(row.tenant_id, row.account_id)
    try:
        return None if account is None else services.catalog.compiled(account.provider, row.model)
    except (CatalogError, ProviderDisabled):
        return None


async def require_full_access(call: Call, approver: Principal, write: Write) -> None:
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
    _require_fields(call.services, approver, call.mapping, write)
    require_linked(call, approver, write)


def require_linked(call: Call, approver: Principal, write: Write) -> None:
    """Require that an approver reaches the models and the fields by which a write links records.

    Raises:
        Forbidden: it does not.
    """
    call.visibility.check_links({**write.body, **path_of(call, write)}, approver.scopes)


async def require_own_access(call: Call, approver: Principal, write: Write) -> None:
    """Require that the approver could make this write itself, with the reason if it could not.

    Raises:
        UnifiedError: what the approver would be refused with.
    """
    await _require_place(call, approver, write)
    _require_fields(call.services, approver, call.mapping, write)


async def _require_place(call: Call, approver: Principal, write: Write) -> None:
    """Check a write against the approver's resources without sending it; `call` may send."""
    if not _has_resources(approver.scopes):
        return  # the account's own boundary is checked for the requester
    boundary = account_boundary(call.services, call.account, approver.scopes)
    visibility = msgspec.structs.replace(call.visibility, hidden=frozenset(), boundary=boundary)
    with audit_context():
        await authorize_write(msgspec.structs.replace(call, visibility=visibility), write)


def viewer_of(call: Call, approver: Principal) -> Viewer:
    """Return what an approver may see of the record that a call writes."""
    mapping = call.mapping
    reads = scopes.shows_records(approver.scopes, mapping.model, mapping.tags)
    return Viewer(hidden=hidden_of(call.services.catalog, mapping, approver.scopes), reads=reads)


def may_write(approver: Principal, call: Call) -> bool:
    """Return whether the approver could make this write itself without an approval."""
    allowed = scopes.allows(approver.scopes, call.mapping.model, call.method, call.mapping.tags)
    return allowed and scopes.write_policy(approver.scopes, call.mapping.model.id, call.method) == "direct"


def require_may_write(approver: Principal, call: Call) -> None:
    """Require that the approver could make this write itself: values that it edits are its own write.

    Raises:
        Forbidden: the limit of its scope that is not met.
    """
    scopes.require(approver.scopes, call.mapping.model, call.method, call.mapping.tags)
    scopes.refuse_unless_direct(scopes.write_policy(approver.scopes, call.mapping.model.id, call.method))


def _require_fields(services: Services, approver: Principal, mapping: Mapping, write: Write) -> None:
    """Raise what the approver would be refused with for this body."""
    hidden = hidden_of(services.catalog, mapping, approver.scopes)
    refuse_revealing_ids(mapping, hidden)
    FieldVisibility(
        model=mapping.model, hidden=hidden.fields, inside=hidden.inside, boundary=Boundary(), scopes=approver.scopes
    ).refuse_hidden_keys(write.body)


def _sees_part(services: Services, approver: Principal, mapping: Mapping) -> bool:
    hidden = hidden_of(services.catalog, mapping, approver.scopes)
    return bool(hidden.unasked) or not scopes.reaches_all_models(approver.scopes)


def _has_resources(limits: Scopes) -> bool:
    """Return whether a record must be looked at to know whether the scopes reach it."""
    return any(scopes.chosen_of(one) or scopes.records_of(one) for one in limits)
