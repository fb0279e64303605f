"""A trial of another scope or policy on the recorded calls; nothing is changed or sent."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.access import ForbiddenByPolicy
from unified.errors.names import unknown_name
from unified.errors.requests import ValidationFailed
from unified.service.access.policy import AGENTS_ASK
from unified.service.access.principals import Principal
from unified.service.access.scope.inheritance import read_scope, scope_vocabulary
from unified.service.access.scope.scopes import FieldScope, Scope, scope_values
from unified.service.access.scope.write_rules import WritePolicy, WriteRule
from unified.service.runtime.services import Services
from unified.service.usage.recorded_calls import RecordedCall, recorded_call
from unified.service.usage.replay import Outcome, ReplayWorld, replay
from unified.service.usage.report import (
    IN_A_THREAD,
    Credential,
    UsedOperation,
    period_start,
    replay_world,
    visible_rows,
    with_accounts,
)
from unified.settings.policy_rules import NO_DIRECT_AGENT_WRITES, NO_PASS_THROUGH, NO_URL_ONLY_SERVERS, POLICY_RULES
from unified.store.audit_chain import asked_names
from unified.store.audit_usage import UsageCount, usage_counts
from unified.text.parsing_times import Moment

MAX_EXAMPLES = 3
"""Examples of calls for each limit."""


class OtherScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another scope; keys that are left out stay as they are."""

    accounts: tuple[str, ...] | UnsetType = UNSET
    """Ids of the accounts that may be used."""
    methods: tuple[str, ...] | UnsetType = UNSET
    """Methods or classes of them."""
    tags: tuple[str, ...] | UnsetType = UNSET
    """Tags of models, of which a model needs one."""
    models: tuple[str, ...] | UnsetType = UNSET
    """Models, such as `crm.contacts`; `GET /catalog/models` lists them."""
    fields: FieldScope | UnsetType = UNSET
    """Which fields are seen."""
    writes: WritePolicy | UnsetType = UNSET
    """How writes are handled that no rule is about."""
    write_rules: tuple[WriteRule, ...] | UnsetType = UNSET
    """How some writes are handled, by method and model."""


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another scope or policy, to be tried on the recorded calls."""

    scope: OtherScope = OtherScope()
    """The keys of the scope that change."""
    policy: tuple[str, ...] | UnsetType = UNSET
    """The rules of the installation, as in `UNIFIED_POLICY`; those that hold now when left out."""
    since: Moment | UnsetType = UNSET
    """The begin of the period, such as 2026-11-01T00:00:00Z; 30 days ago when left out."""


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that one limit would have affected."""

    reason: str
    """The code of the error, such as `outside_models`."""
    detail: str
    """The message of the limit for the first of them."""
    count: int
    examples: tuple[UsedOperation, ...]
    """The first kinds of such calls, each with its count in one range of the trail."""


class WhatIfReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the recorded calls would have been answered."""

    since: datetime
    calls: int
    """Recorded calls that were allowed."""
    allowed: int
    """Those that would have been answered as they were."""
    waiting: int
    """Writes that would have waited for an approval, and did not."""
    reduced: int
    """Reads with fewer fields."""
    refused: tuple[Affected, ...]
    """Calls that would have been refused, by the limit that refuses them first; the most frequent first."""


class _Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Under what the calls are decided, and under what they are decided now."""

    is_server: bool
    present: Scope
    proposed: Scope
    policy: frozenset[str]


class _Tally(msgspec.Struct, kw_only=True):
    """The counts so far."""

    calls: int = 0
    waiting: int = 0
    reduced: int = 0
    refused: dict[str, Affected] = {}

    def add(self, count: UsageCount, outcome: Outcome, *, waits: bool, is_reduced: bool) -> None:
        """Add rows with what would become of them."""
        self.calls += count.count
        if outcome.refusal is not None:
            self._add_refusal(count, outcome.refusal.code, str(outcome.refusal))
        elif waits:
            self.waiting += count.count
        elif is_reduced:
            self.reduced += count.count

    def _add_refusal(self, count: UsageCount, reason: str, detail: str) -> None:
        known = self.refused.get(reason) or Affected(reason=reason, detail=detail, count=0, examples=())
        examples = known.examples if len(known.examples) == MAX_EXAMPLES else (*known.examples, _example(count))
        self.refused[reason] = msgspec.structs.replace(known, count=known.count + count.count, examples=examples)


def _example(count: UsageCount) -> UsedOperation:
    same = {name: getattr(count, name) for name in UsedOperation.__struct_fields__ if name != "fields"}
    return UsedOperation(**same, fields=asked_names(count.fields))


async def try_scope(services: Services, credential: Credential, asked: WhatIf, *, caller: Principal | None) -> WhatIfReport:
    """Return what would have become of the calls of a credential that the caller was found to reach.

    Raises:
        ValidationFailed: the scope has an unknown word, there is no such rule, or `since` is not a time.
        EmptyScope: a list of the scope is empty.
    """
    since = period_start(services, None if isinstance(asked.since, UnsetType) else asked.since, place="/since")
    trial = _trial(services, credential, asked)
    tally, world = _Tally(), await replay_world(services, credential)
    async for counts in usage_counts(services.database, credential.tenant_id, visible_rows(credential, since, caller)):
        world = await with_accounts(services, credential, world, counts)
        await services.client.heavy.run(IN_A_THREAD, credential.tenant_id, _decide_all, tally, world, trial, counts)
    refused = sorted(tally.refused.values(), key=lambda one: (-one.count, one.reason))
    changed = tally.waiting + tally.reduced + sum(one.count for one in refused)
    return WhatIfReport(
        since=since,
        calls=tally.calls,
        allowed=tally.calls - changed,
        waiting=tally.waiting,
        reduced=tally.reduced,
        refused=tuple(refused),
    )


def _trial(services: Services, credential: Credential, asked: WhatIf) -> _Trial:
    given = msgspec.json.decode(msgspec.json.encode(asked.scope), type=dict[str, Any])
    values = {**scope_values(credential.scope), **given}
    policy = services.settings.policy if isinstance(asked.policy, UnsetType) else asked.policy
    for rule in policy:
        if rule not in POLICY_RULES:
            raise ValidationFailed.at("/policy", unknown_name("rule", rule, POLICY_RULES))
    return _Trial(
        is_server=credential.is_server,
        present=credential.scope,
        proposed=read_scope(values, scope_vocabulary(services.catalog)),
        policy=frozenset(policy),
    )


def _decide_all(tally: _Tally, world: ReplayWorld, trial: _Trial, counts: Iterable[UsageCount]) -> None:
    for count in counts:
        call = recorded_call(count)
        if call is not None:
            outcome = _decide(world, trial, call, is_agent=trial.is_server or count.tool is not None)
            now = replay(world, (trial.present,), call)
            reduced = now.refusal is None and now.missed != outcome.missed
            tally.add(count, outcome, waits=outcome.waits and not call.waits, is_reduced=reduced)


def _decide(world: ReplayWorld, trial: _Trial, call: RecordedCall, *, is_agent: bool) -> Outcome:
    rule = next((one for one, applies in _RULES.items() if one in trial.policy and applies(call)), None)
    if rule is not None:
        return Outcome(refusal=ForbiddenByPolicy(f"the policy of this installation ({rule}) does not allow it"))
    asks = is_agent and NO_DIRECT_AGENT_WRITES in trial.policy
    return replay(world, (trial.proposed, AGENTS_ASK) if asks else (trial.proposed,), call)


_RULES: dict[str, Callable[[RecordedCall], bool]] = {
    NO_PASS_THROUGH: lambda call: call.model is None,
    NO_URL_ONLY_SERVERS: lambda call: call.by_server,
}
"""Rules that refuse calls, with what they apply to; the other one has writes wait."""
