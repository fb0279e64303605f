"""A write as it would be sent now, what it would change, and the digest of both. Nothing is stored.

The same view is built when a write is requested, shown and approved: equal digests mean that what would be sent is what was
shown.
"""

from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.providers import NotSupported
from unified.jsonata import UNDEFINED, standing_still
from unified.models import REMOTE_FIELDS, Model
from unified.service.access.scopes import outside_consent
from unified.service.approvals.payload import ApprovalPayload, digest_of, plan_digest_of
from unified.service.approvals.views import Details, Difference, ShownRecord, shown_request
from unified.service.records.after_calls import refuse_unseen
from unified.service.records.call import Call, get_call
from unified.service.records.reading import get_record
from unified.service.records.visibility import hide_provider_message
from unified.service.records.write import Plan, Write, operation_of
from unified.service.records.write_planning import authorize_write, plan_all
from unified.transform.query import Query

CUSTOM = "custom_fields"
NAMES = ("name", "display_name", "subject", "title", "label", "body", "content")
"""Fields that name a record, the best first; a person's `title` is a job and does not."""
PARTS = (("first_name", "last_name"), ("employee_id", "date", "start_date", "end_date"))
"""Fields that name a record together if it has none of these."""
MAX_NAME = 200
"""Characters of a name that are shown; a comment's text may be long."""


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """What a write would send now, and what is shown of it."""

    plan: Plan
    plan_digest: str
    details: Details

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"ApprovalView({self.details!r})"


async def view_of(
    call: Call, payload: ApprovalPayload, hidden: frozenset[str] = frozenset(), *, authorize: bool = False
) -> ApprovalView:
    """Plan a write, and read what it would change.

    Args:
        call: a call of the requester that may send.
        payload: the write.
        hidden: the fields that are hidden from whoever looks.
        authorize: whether to refuse what cannot be written, or lies outside the boundary, by the plan of the view.

    Raises:
        UnifiedError: what planning, authorizing or reading the record raises, without the provider's own words if parts of
            the record are hidden from the requester or from whoever looks.
    """
    try:
        plan = await _planned(call, payload, authorize)
        refuse_unseen(call, plan.waiting)
        _refuse_repeated(call, payload.write, plan)
        record, difference = await _change(call, payload.write, hidden)
    except UnifiedError as refused:
        if hidden or call.visibility.is_partial:
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
    return ApprovalView(plan=plan, plan_digest=plan_digest, details=details)


async def _planned(call: Call, payload: ApprovalPayload, authorize: bool) -> Plan:
    """Return the requests of a write, with the time of its request as `$now()`: they are the same whenever it is planned."""
    with standing_still(payload.at):
        return await (authorize_write if authorize else plan_all)(call, payload.write)


def _refuse_repeated(call: Call, write: Write, plan: Plan) -> None:
    """Refuse to show requests that may repeat what was read for them, if the owner agreed that records are written only.

    Raises:
        OutsideConsent: something was read.
    """
    if call.visibility.shows_records:
        return
    is_read = any(plan.bindings.get(name, UNDEFINED) is not UNDEFINED for name in operation_of(call, write).before)
    if is_read or any(one.operation.before for one in plan.steps):
        raise outside_consent(f"reading {call.mapping.model.id}, of which this {write.method} would show approvers a part")


async def _change(call: Call, write: Write, hidden: frozenset[str]) -> tuple[ShownRecord | None, tuple[Difference, ...]]:
    """Return the record of a write, and the changed fields of an update; of `remote_fields` only the new value is known."""
    if write.record_id is None:
        return None, ()
    body = write.body if write.method == "update" else {}
    common = {name: value for name, value in body.items() if name not in {CUSTOM, REMOTE_FIELDS}}
    maps = {f"{name}.{key}": one for name in (CUSTOM, REMOTE_FIELDS) for key, one in (body.get(name) or {}).items()}
    custom = tuple(name for name in maps if name.startswith(f"{CUSTOM}."))
    now = await _now(call, write, (*common, *custom))
    held = {f"{CUSTOM}.{key}": one for key, one in (now.get(CUSTOM) or {}).items()}
    changed = [Difference(field=name, before=now.get(name), after=value) for name, value in common.items()]
    changed += [Difference(field=name, before=held.get(name), after=value) for name, value in maps.items()]
    return ShownRecord(id=write.record_id, name=_name(call.mapping.model, now, hidden)), tuple(changed)


async def _now(call: Call, write: Write, changed: tuple[str, ...]) -> dict[str, Any]:
    """Read the fields that change and those that name the record, whatever the scope hides; empty if none can be read.

    The consent of the account's owner still counts: a record of which they agreed to writes only is shown to no one.
    """
    if not call.visibility.shows_records:
        return {}
    names = (*NAMES, *(name for part in PARTS for name in part))
    known = {one.name for one in call.mapping.model.fields}
    fields = dict.fromkeys(("id", *changed, *(name for name in names if name in known)))
    query = Query(path=tuple(write.path.items()), fields=tuple(fields))
    reading = get_call(call, visibility=msgspec.structs.replace(call.visibility, hidden=frozenset()))
    try:
        call.mapping.operation("get")
    except NotSupported:
        return {}
    return await get_record(reading, write.record_id or "", query)


def _name(model: Model, record: dict[str, Any], hidden: frozenset[str]) -> str | None:
    """Return the name of a record from fields that are not hidden."""
    seen = {one.name: record.get(one.name) for one in model.fields if one.name not in hidden}
    own = [name for name in NAMES if name != "title" or "name" not in {one.name for one in model.fields}]
    for part in (*((name,) for name in own), *PARTS):
        name = " ".join(str(seen[name]) for name in part if seen.get(name))
        if name:
            return name[:MAX_NAME]
    return None
