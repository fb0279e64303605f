"""What an approver is shown: the very requests that would be made, and what they would change. Built live, never kept."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.errors import Conflict, UnifiedError
from unified.service.approvals.bounds import bound_of, open_as_requester
from unified.service.audit_notes import note_problem, note_use
from unified.service.calls import Call
from unified.service.records import get_record
from unified.service.services import Services
from unified.service.writes import Write, plan_all
from unified.store.approvals import ApprovalRow
from unified.transform.query import Query

_MAPS = ("custom_fields", "remote_fields")
"""Fields that are shown key by key."""


class ShownRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the provider would get it, without credentials."""

    method: str
    path: str
    """At the provider's host, with its query."""
    body: Any = None
    headers: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """Those that the mapping sets."""

    def __repr__(self) -> str:
        """Without path and body, which hold a customer's data."""
        return f"ShownRequest({self.method!r})"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field as it is at the provider now, and as it would be."""

    field: str
    before: Any = msgspec.field(name="from")
    after: Any = msgspec.field(name="to")

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Difference({self.field!r})"


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What an approver decides about."""

    body: dict[str, Any] = {}
    """The fields as they were asked for."""
    requests: tuple[ShownRequest, ...] = ()
    difference: tuple[Difference, ...] = ()
    problem: UnifiedError | None = None
    """Why the rest is missing: the provider could not be read."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Details({len(self.requests)} requests)"


async def details_of(services: Services, row: ApprovalRow) -> Details | None:
    """The requests and the difference of a write that waits, read with the requester's rights.

    A provider that cannot be read is told of, not raised: the write can still be declined. None for a write that waits no
    more, or turns out to be void.
    """
    try:
        bound = await bound_of(services, row)
        call = await open_as_requester(services, row, bound)
    except Conflict:
        return None
    except UnifiedError as problem:
        return Details(problem=problem)
    return await _read(call, bound.document.write)


async def _read(call: Call, write: Write) -> Details:
    note_use(call.account.id, call.mapping.model.id, "get")
    requests: tuple[ShownRequest, ...] = ()
    try:
        base = _base_path(call)
        requests = tuple(_shown(base, one.request) for one in await plan_all(call, write))
        return Details(body=write.body, requests=requests, difference=await _difference(call, write))
    except UnifiedError as problem:
        note_problem(problem)
        return Details(body=write.body, requests=requests, problem=problem)


def _base_path(call: Call) -> str:
    """The path of the provider's base URL, whatever stands in for its host."""
    return urlsplit(msgspec.structs.replace(call.connection, origin=None).base_url()).path.rstrip("/")


def _shown(base: str, request: ProviderRequest) -> ShownRequest:
    query = f"?{urlencode(request.query)}" if request.query else ""
    return ShownRequest(
        method=request.method,
        path=base + request.path + query,
        body=None if request.body is msgspec.UNSET else request.body,
        headers=request.headers or msgspec.UNSET,
    )


async def _difference(call: Call, write: Write) -> tuple[Difference, ...]:
    """The fields of an update; for other writes there is nothing to compare with. Of `remote_fields` only the new is known."""
    if write.method != "update" or write.record_id is None:
        return ()
    common = {name: value for name, value in write.body.items() if name not in _MAPS}
    maps = {f"{name}.{key}": one for name in _MAPS for key, one in (write.body.get(name) or {}).items()}
    custom = tuple(name for name in maps if name.startswith("custom_fields."))
    now = await _now(call, write, (*common, *custom)) if common or custom else {}
    held = {f"custom_fields.{key}": one for key, one in (now.get("custom_fields") or {}).items()}
    changed = [Difference(field=name, before=now.get(name), after=value) for name, value in common.items()]
    return (*changed, *(Difference(field=name, before=held.get(name), after=value) for name, value in maps.items()))


async def _now(call: Call, write: Write, fields: tuple[str, ...]) -> dict[str, Any]:
    query = Query(path=tuple(write.path.items()), fields=fields)
    return await get_record(msgspec.structs.replace(call, method="get"), write.record_id or "", query)
