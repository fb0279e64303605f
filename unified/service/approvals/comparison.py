"""Plans a waiting write again: the requests that it would send now, its changes, and the digest of both. Stores nothing.

The same view is built when a write is requested, shown and approved: equal digests mean that what would be sent is what was
shown.
"""

from typing import Any

import msgspec

from unified.errors.access import MethodNotAllowedByScope
from unified.errors.error import UnifiedError
from unified.errors.providers import NotSupported
from unified.models import REMOTE_FIELDS, Model
from unified.models.hidden import hide_inside
from unified.service.access.scope.scopes import outside_consent
from unified.service.approvals.payload import ApprovalPayload, digest_of, plan_digest_of
from unified.service.approvals.views import NO_ONE, Details, Difference, ShownRecord, Viewer, shown_request
from unified.service.records.calls.after_calls import refuse_unseen
from unified.service.records.calls.call import Call, get_call
from unified.service.records.reading.getting import get_record
from unified.service.records.visibility.provider_messages import hide_provider_message
from unified.service.records.writing.write import Plan, Write, prepare
from unified.service.records.writing.write_planning import authorize_write, plan_all
from unified.transform.queries.query import Query
from unified_jsonata import UNDEFINED
from unified_jsonata.still import standing_still

CUSTOM = "custom_fields"
NAMES = ("name", "display_name", "subject", "title", "label", "body", "content")
"""Fields that name a record, the best first; a person's `title` is a job and does not."""
PARTS = (("first_name", "last_name"), ("employee_id", "date", "start_date", "end_date"))
"""Fields that name a record together if it has none of these."""
MAX_NAME = 200
"""Characters of a name that are shown; a comment's text may be long."""


class PlannedView(msgspec.Struct, frozen=True, kw_only=True):
    """The requests that a write would send now, and the changes that are shown."""

    plan: Plan
    plan_digest: str
    details: Details

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"PlannedView({self.details!r})"


async def plan_view(call: Call, payload: ApprovalPayload, viewer: Viewer = NO_ONE, *, authorize: bool = False) -> PlannedView:
    """Plan a write, and read what it would change.

    Args:
        call: a call of the requester that may send.
        payload: the write.
        viewer: whoever looks.
        authorize: whether to refuse what cannot be written, or lies outside the boundary, by the plan of the view.

    Raises:
        UnifiedError: what planning, authorizing or reading the record raises, without the provider's own words if parts of
            the record are hidden from the requester or from whoever looks.
    """
    try:
        plan = await _planned(call, payload, authorize)
        refuse_unseen(call, plan.waiting)
        _refuse_repeated(call, payload.write, plan, viewer)
        record, difference = await _change(call, payload.write, viewer)
    except UnifiedError as refused:
        if viewer != NO_ONE or call.visibility.is_partial:
            hide_provider_message(refused)
        raise
    sent = tuple(one.request for one in plan.requests)
    base = call.connection.base_url()
    plan_digest = plan_digest_of(call.services, payload.tenant, (base, sent, record, difference))
    details = Details(
        digest=digest_of(call.services, payload, plan_digest),
        body=payload.body,
        requests=tuple(shown_request(call.connection, one) for one in sent),
        record=record,
        by=payload.by,
        difference=difference,
    )
    return PlannedView(plan=plan, plan_digest=plan_digest, details=details)


async def _planned(call: Call, payload: ApprovalPayload, authorize: bool) -> Plan:
    """Return the requests of a write, with the time of its request as `$now()`: they are the same whenever it is planned."""
    with standing_still(payload.at):
        if authorize:
            return await authorize_write(call, payload.write)
        return await plan_all(call, prepare(call, payload.write))


def _refuse_repeated(call: Call, write: Write, plan: Plan, viewer: Viewer) -> None:
    """Refuse to show requests that may repeat what was read for them to someone who may not read the record.

    Raises:
        OutsideConsent: something was read, and the owner agreed that records are written only.
        MethodNotAllowedByScope: something was read, and whoever looks may not read records of the model.
    """
    if call.visibility.is_reviewable and viewer.reads:
        return
    is_read = any(plan.bindings.get(name, UNDEFINED) is not UNDEFINED for name in plan.write.operation.before)
    if not (is_read or any(one.operation.before for one in plan.steps)):
        return
    what = f"reading {call.mapping.model.id}, of which this {write.method} would show approvers a part"
    if not call.visibility.is_reviewable:
        raise outside_consent(what)
    raise MethodNotAllowedByScope(f"the key's scope does not include {what}")


async def _change(call: Call, write: Write, viewer: Viewer) -> tuple[ShownRecord | None, tuple[Difference, ...]]:
    """Return the record of a write, and the changed fields of an update; of `remote_fields` only the new value is known."""
    if write.record_id is None:
        return None, ()
    body = write.body if write.method == "update" else {}
    common = {name: value for name, value in body.items() if name not in {CUSTOM, REMOTE_FIELDS}}
    maps = {f"{name}.{key}": one for name in (CUSTOM, REMOTE_FIELDS) for key, one in (body.get(name) or {}).items()}
    custom = tuple(name for name in maps if name.startswith(f"{CUSTOM}."))
    now = await _current_values(call, write, (*common, *custom)) if viewer.reads else {}
    now = hide_inside(now, call.mapping.model.fields, viewer.hidden.inside)
    held = {f"{CUSTOM}.{key}": one for key, one in (now.get(CUSTOM) or {}).items()}
    changed = [Difference(field=name, before=now.get(name), after=value) for name, value in common.items()]
    changed += [Difference(field=name, before=held.get(name), after=value) for name, value in maps.items()]
    return ShownRecord(id=write.record_id, name=name_of(call.mapping.model, now, viewer.hidden.fields)), tuple(changed)


async def _current_values(call: Call, write: Write, changed: tuple[str, ...]) -> dict[str, Any]:
    """Read the fields that change and those that name the record, including hidden ones; empty if none can be read.

    The consent of the account's owner still counts: a record whose owner agreed to writes only is shown to no one.
    """
    if not call.visibility.is_reviewable:
        return {}
    fields = dict.fromkeys(("id", *changed, *name_fields(call.mapping.model)))
    query = Query(path=tuple(write.path.items()), fields=tuple(fields))
    reading = get_call(call, visibility=msgspec.structs.replace(call.visibility, hidden=frozenset()))
    try:
        call.mapping.operation("get")
    except NotSupported:
        return {}
    return await get_record(reading, write.record_id or "", query)


def name_fields(model: Model, hidden: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the fields that can name a record of a model, but for hidden ones."""
    names = (*NAMES, *(name for part in PARTS for name in part))
    known = {one.name for one in model.fields} - hidden
    return tuple(name for name in names if name in known)


def name_of(model: Model, record: dict[str, Any], hidden: frozenset[str]) -> str | None:
    """Return the name of a record from fields that are not hidden."""
    seen = {one.name: record.get(one.name) for one in model.fields if one.name not in hidden}
    own = [name for name in NAMES if name != "title" or "name" not in {one.name for one in model.fields}]
    for part in (*((name,) for name in own), *PARTS):
        name = " ".join(str(seen[name]) for name in part if seen.get(name))
        if name:
            return name[:MAX_NAME]
    return None
