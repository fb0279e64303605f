"""The usage of a key or an MCP server: its calls and refusals, what it never used, and the narrowest scope for its calls."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from unified.models import MODELS
from unified.service.access.consent import scopes_within
from unified.service.access.principals import Principal
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import Scope, Scopes, allows
from unified.service.access.use.remaining import Remaining, remaining_use
from unified.service.access.use.use_limits import Levels
from unified.service.audit.visible_rows import seen_by
from unified.service.runtime.services import Services
from unified.service.usage.proposal import Proposal, admitted_calls, propose_scope
from unified.service.usage.recorded_calls import RecordedCall, recorded_call
from unified.service.usage.replay import ReplayWorld, replay
from unified.store.audit import AuditFilter
from unified.store.audit_chain import asked_names
from unified.store.audit_usage import UsageCount, usage_counts
from unified.text.parsing_times import parse_time

DEFAULT_PERIOD = timedelta(days=30)
IN_A_THREAD = 1 << 20
"""The size that proposals are taken for, so that they are worked out in a thread, not in the event loop."""
NO_CALLS = "no call was recorded in this period that the present scope allows: nothing shows what is needed"
DECIDER = "it decided about others' writes, and the trail does not hold what that needs of its scope"


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """An API key or an MCP server, of which the usage is reported."""

    tenant_id: str
    id: str
    scope: Scope
    is_server: bool
    levels: Levels = ()
    """Its limits of use, and those of every key above it."""

    @property
    def rows(self) -> AuditFilter:
        """The rows of the trail that tell of it."""
        return AuditFilter(server=self.id) if self.is_server else AuditFilter(actor=self.id)


class UsedOperation(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the trail that are alike, in a period."""

    tool: str | None
    """The tool that was called; null for a call of the REST API."""
    model: str | None
    """The model, such as `crm.contacts`; null for the pass-through, and for requests about Unified itself."""
    method: str | None
    """The method of the model, or the HTTP method and the route."""
    account_id: str | None
    """The account that was used; null for refusals, which name what was asked for."""
    reason: str | None
    """The code of a refusal; `approval_required` for a write that waited for its approval; null for everything else."""
    fields: tuple[str, ...] | None
    """The names that were asked for, `*` for whole records; null where none were recorded."""
    count: int
    first: datetime
    last: datetime


class Unused(msgspec.Struct, frozen=True, kw_only=True):
    """Grants that were never used in the period."""

    accounts: tuple[str, ...] = ()
    """Ids of accounts that the scope names."""
    models: tuple[str, ...] = ()
    """Models that the accounts have and the scope allows."""
    methods: tuple[str, ...] = ()
    """Methods of these models."""
    fields: tuple[str, ...] = ()
    """Fields of used models that are shown and were never asked for; none where whole records were read."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a scope that was used since a time, the part that was not, and the scope without the latter."""

    credential: Credential
    since: datetime
    calls: tuple[UsedOperation, ...]
    refusals: tuple[UsedOperation, ...]
    changes: tuple[UsedOperation, ...]
    """Requests that changed something in Unified itself."""
    unused: Unused
    proposal: Scope | None
    """The narrowest scope for the calls; None if there is none to propose."""
    note: str | None
    """Why there is no proposal."""
    outside: int = 0
    """Recorded calls that the present scope does not allow any more."""
    remaining: tuple[Remaining, ...] = ()
    """The rest of its limits of use now."""

    @property
    def is_narrower(self) -> bool:
        """Whether the proposal takes something away."""
        return self.proposal is not None and self.proposal != self.credential.scope


def period_start(services: Services, since: str | None, *, place: str = "since") -> datetime:
    """Return the start of a period as given, or 30 days ago. Raises ValidationFailed at `place` for what is not a time."""
    return services.clock() - DEFAULT_PERIOD if since is None else parse_time(place, since)


def visible_rows(credential: Credential, since: datetime, caller: Principal | None) -> AuditFilter:
    """Return which rows are counted: those of the credential that the caller may see."""
    wanted = msgspec.structs.replace(credential.rows, since=since)
    return wanted if caller is None else seen_by(caller, wanted)


async def report_usage(services: Services, credential: Credential, since: datetime, *, caller: Principal | None) -> Usage:
    """Return the usage of a credential that the caller was found to reach; for the operator, the caller is None."""
    tally, world, heavy = (
        _Tally(is_server=credential.is_server),
        await replay_world(services, credential),
        services.client.heavy,
    )
    async for counts in usage_counts(services.database, credential.tenant_id, visible_rows(credential, since, caller)):
        tally.add(counts)
        world = await with_accounts(services, credential, world, counts)
        decided = await heavy.run(IN_A_THREAD, credential.tenant_id, _reached, world, credential.scope, tally.reached, counts)
        tally.reached, tally.outside = decided[0], tally.outside + decided[1]
    proposal = await heavy.run(IN_A_THREAD, credential.tenant_id, propose_scope, world, credential.scope, tally.reached)
    note = DECIDER if tally.has_decided else NO_CALLS if proposal is None else None
    return Usage(
        credential=credential,
        since=since,
        calls=tally.operations("calls"),
        refusals=tally.operations("refusals"),
        changes=tally.operations("changes"),
        unused=_unused(world, credential.scope, tally.reached, proposal),
        proposal=proposal.scope if proposal is not None and note is None else None,
        note=note,
        outside=tally.outside,
        remaining=await remaining_use(services, credential.tenant_id, credential.levels),
    )


class _Tally(msgspec.Struct, kw_only=True):
    """The counts so far."""

    is_server: bool
    counted: dict[tuple[str, ...], UsedOperation] = {}
    """By kind, and by what the rows have in common."""
    has_decided: bool = False
    """Whether the key decided about a write."""
    reached: tuple[RecordedCall, ...] = ()
    outside: int = 0

    def add(self, counts: Iterable[UsageCount]) -> None:
        """Add the counts of a range; of a server, without decisions, which others made."""
        for one in counts:
            if not (one.decides and self.is_server):
                self.has_decided = self.has_decided or one.decides
                same = (one.tool, one.model, one.method, one.account_id, one.reason)
                key = (_kind(one), *(each or "" for each in same))
                self.counted[key] = _added(self.counted.get(key), one)

    def operations(self, kind: str) -> tuple[UsedOperation, ...]:
        """Return what was counted of a kind, the most frequent first."""
        return tuple(sorted((one for key, one in self.counted.items() if key[0] == kind), key=_order))


def _reached(
    world: ReplayWorld, scope: Scope, before: tuple[RecordedCall, ...], counts: Iterable[UsageCount]
) -> tuple[tuple[RecordedCall, ...], int]:
    """Return the calls that the scope admits, with those before, and the number of others."""
    calls = [(one.count, call) for one in counts if (call := recorded_call(one)) is not None]
    refused = {call for call in {call for _, call in calls} if replay(world, (scope,), call).refusal is not None}
    outside = sum(count for count, call in calls if call in refused)
    return admitted_calls(world, scope, (*before, *(call for _, call in calls if call not in refused))), outside


def _kind(count: UsageCount) -> str:
    if count.decision == "denied":
        return "refusals"
    return "changes" if recorded_call(count) is None else "calls"


def _added(known: UsedOperation | None, count: UsageCount) -> UsedOperation:
    names = asked_names(count.fields)
    if known is None:
        same = {name: getattr(count, name) for name in UsedOperation.__struct_fields__ if name != "fields"}
        return UsedOperation(**same, fields=names)
    joined = None if names is None and known.fields is None else tuple(sorted({*(names or ()), *(known.fields or ())}))
    first, last = min(known.first, count.first), max(known.last, count.last)
    return msgspec.structs.replace(known, fields=joined, count=known.count + count.count, first=first, last=last)


def _order(one: UsedOperation) -> tuple[object, ...]:
    return (-one.count, one.model or "", one.method or "", one.tool or "", one.account_id or "", one.reason or "")


async def with_accounts(
    services: Services, credential: Credential, world: ReplayWorld, counts: Iterable[UsageCount]
) -> ReplayWorld:
    """Return the world with those accounts of calls that still exist; each is looked up once."""
    calls = [call for one in counts if (call := recorded_call(one)) is not None]
    return await _looked_up(services, credential, world, {one.account_id for one in calls})


async def replay_world(services: Services, credential: Credential) -> ReplayWorld:
    """Return what calls are decided by now, with those accounts that are granted by name and exist."""
    granted = () if isinstance(credential.scope.accounts, msgspec.UnsetType) else credential.scope.accounts
    return await _looked_up(services, credential, ReplayWorld(catalog=services.catalog), set(granted))


async def _looked_up(services: Services, credential: Credential, world: ReplayWorld, ids: set[str]) -> ReplayWorld:
    missing = sorted(ids - world.looked_up)
    if not missing:
        return world
    rows = [await services.rows.account(credential.tenant_id, one) for one in missing]
    found = {row.id: row for row in rows if row is not None}
    return msgspec.structs.replace(world, accounts={**world.accounts, **found}, looked_up=world.looked_up | ids)


def _unused(world: ReplayWorld, scope: Scope, recorded: Iterable[RecordedCall], proposal: Proposal | None) -> Unused:
    calls = tuple(recorded)
    rows = world.accounts.values()
    granted = {pair for row in rows for pair in _operations(world, row.provider, scopes_within((scope,), row))}
    models, methods = {model for model, _ in granted}, {method for _, method in granted}
    accounts = () if isinstance(scope.accounts, msgspec.UnsetType) else scope.accounts
    return Unused(
        accounts=tuple(sorted(set(accounts) - {one.account_id for one in calls})),
        models=tuple(sorted(models - {one.model for one in calls})),
        methods=tuple(sorted(methods - {one.method for one in calls})),
        fields=() if proposal is None else _unused_fields(scope, proposal),
    )


def _unused_fields(scope: Scope, proposal: Proposal) -> tuple[str, ...]:
    """Return the fields of used models that the scope shows, and the proposal does not."""
    models = [MODELS[one] for one in sorted({call.model for call in proposal.calls if call.model is not None})]
    hidden = {one.id: hidden_fields((proposal.scope,), one) - hidden_fields((scope,), one) for one in models}
    return tuple(f"{one.id}.{field.name}" for one in models for field in one.fields if field.name in hidden[one.id])


def _operations(world: ReplayWorld, provider: str, scopes: Scopes) -> Iterable[tuple[str, str]]:
    for mapping in world.catalog.offered(provider):
        for method in mapping.methods:
            if allows(scopes, mapping.model, method, mapping.tags):
                yield mapping.model.id, method
