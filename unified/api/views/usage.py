"""Usage of keys and MCP servers as responses show it."""

import msgspec

from unified.api.views.lists import view_of
from unified.service.access.scope.scopes import Scope
from unified.service.access.use.use_limits import Counted, Period
from unified.service.mcp_servers.config import McpServerPatch
from unified.service.usage.narrowing import narrowing_patch
from unified.service.usage.report import Unused, Usage, UsedOperation
from unified.service.usage.what_if import Affected, WhatIfReport
from unified.text.parsing_times import Moment


class UsedOperationView(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the audit trail that are alike."""

    tool: str | None
    """The tool that was called; null for a call of the REST API."""
    model: str | None
    """The model, such as `crm.contacts`; null for the pass-through, and for requests about Unified itself."""
    method: str | None
    """The method of the model; otherwise the HTTP method and the route, or the command."""
    account_id: str | None
    """The account that was used; null for refusals."""
    reason: str | None
    """The code of a refusal; `approval_required` for a write that waited for its approval; null for everything else."""
    fields: tuple[str, ...] | None
    """The names that were asked for, `*` for whole records; null where none were recorded."""
    count: int
    """How many."""
    first: Moment
    """The first time."""
    last: Moment
    """The last time."""


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """The narrowest scope that admits the recorded calls."""

    scope: Scope
    """For an API key that replaces this one."""
    is_narrower: bool
    """Whether it takes something away."""
    patch: McpServerPatch | None
    """The body of `PATCH /mcp-servers/{id}` that gives a server this scope; null for an API key."""


class RemainingView(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of one limit of use."""

    owner: str
    """The key or MCP server that has the limit: this one, or a key above it."""
    limit: Counted
    """The kind of use that is limited."""
    period: Period
    """For how long; `total` never begins again."""
    quota: int
    """The limit."""
    left: int
    """How many more are let through, if the other limits have room."""
    until: Moment | None
    """When the count begins again; null for `total`."""


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of its scope that an API key or an MCP server used, and those that it did not."""

    id: str
    """The key or the server."""
    since: Moment
    """The begin of the period, which ends now."""
    scope: Scope
    """Its present scope."""
    calls: tuple[UsedOperationView, ...]
    """Calls that were allowed, the most frequent first."""
    refusals: tuple[UsedOperationView, ...]
    """Operations that were refused."""
    changes: tuple[UsedOperationView, ...]
    """Requests that changed something in Unified itself."""
    unused: Unused
    """Permissions that were never used."""
    outside: int
    """Recorded calls that the scope does not allow any more."""
    proposal: ProposalView | None
    """A narrower scope; null if there is none to propose."""
    note: str | None
    """Why there is no proposal."""
    remaining: tuple[RemainingView, ...]
    """The rest of its limits of use now, and of those of the keys above it; all of them must have room."""


class AffectedView(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that one limit would have refused."""

    reason: str
    """The code of the error, such as `outside_models`."""
    detail: str
    """The detail that the error would have had."""
    count: int
    """How many calls."""
    examples: tuple[UsedOperationView, ...]
    """Some kinds of such calls."""


class WhatIfView(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome that recorded calls would have had under another scope or policy."""

    since: Moment
    """The begin of the period, which ends now."""
    calls: int
    """Recorded calls that were allowed."""
    allowed: int
    """Those that would have been answered as they were."""
    waiting: int
    """Writes that would have waited for an approval, and did not."""
    reduced: int
    """Reads that would have shown fewer fields."""
    refused: tuple[AffectedView, ...]
    """Calls that would have been refused, by the limit that refuses them first."""


def usage_view(usage: Usage) -> UsageView:
    """Return the usage of a key or a server."""
    calls, refusals, changes = (_operations(one) for one in (usage.calls, usage.refusals, usage.changes))
    credential = usage.credential
    shown = {"calls": calls, "refusals": refusals, "changes": changes, "proposal": _proposal(usage)}
    remaining = tuple(view_of(RemainingView, one) for one in usage.remaining)
    return view_of(UsageView, usage, id=credential.id, scope=credential.scope, remaining=remaining, **shown)


def _proposal(usage: Usage) -> ProposalView | None:
    if usage.proposal is None:
        return None
    patch = narrowing_patch(usage.proposal) if usage.credential.is_server else None
    return ProposalView(scope=usage.proposal, is_narrower=usage.is_narrower, patch=patch)


def _operations(operations: tuple[UsedOperation, ...]) -> tuple[UsedOperationView, ...]:
    return tuple(view_of(UsedOperationView, one) for one in operations)


def what_if_view(report: WhatIfReport) -> WhatIfView:
    """Return what would have become of the calls."""
    return view_of(WhatIfView, report, refused=tuple(_affected(one) for one in report.refused))


def _affected(one: Affected) -> AffectedView:
    return view_of(AffectedView, one, examples=_operations(one.examples))
