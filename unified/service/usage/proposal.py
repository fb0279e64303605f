"""The narrowest scope, within a scope, that still admits every recorded call.

Each word of the scope is kept only if a recorded call is refused without it, waits for an approval without having waited, or
gets less of what it asked for. The decisions are those of `replay`.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from unified.models import MODELS, Model, method_class, needed_methods
from unified.models.relations import is_of_links
from unified.service.access.scope.field_rules import classes_of, hidden_fields
from unified.service.access.scope.inheritance import method_within
from unified.service.access.scope.scopes import CLASSES, READING, FieldScope, Scope, rules_of
from unified.service.access.scope.write_rules import POLICIES, WritePolicy, WriteRule, fits, narrowest
from unified.service.usage.recorded_calls import RecordedCall, merged_calls
from unified.service.usage.replay import Outcome, ReplayWorld, replay

Words = tuple[str, ...]
NEVER_HIDDEN = frozenset({"id", "remote_id"})


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A narrower scope, and the calls that it was made for."""

    scope: Scope
    calls: tuple[RecordedCall, ...]
    """The recorded calls that it admits."""


class _Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded calls with what becomes of them now."""

    world: ReplayWorld
    expected: tuple[tuple[RecordedCall, Outcome], ...]

    def admits(self, scope: Scope) -> bool:
        """Return whether everything that was recorded is answered under a scope as it is now."""
        return all(_is_kept(expected, replay(self.world, (scope,), call)) for call, expected in self.expected)


def _is_kept(expected: Outcome, outcome: Outcome) -> bool:
    return outcome.refusal is None and outcome.missed == expected.missed


def propose_scope(world: ReplayWorld, present: Scope, recorded: Iterable[RecordedCall]) -> Proposal | None:
    """Return the narrowest scope for the recorded calls; None if the present scope admits none of them."""
    calls = admitted_calls(world, present, recorded)
    if not calls:
        return None
    trial = _Trial(world=world, expected=_alike(world, ((one, replay(world, (present,), one)) for one in calls)))
    scope = msgspec.structs.replace(present, accounts=tuple(sorted({one.account_id for one in calls})))
    for narrow in (_narrow_methods, _narrow_writes, _narrow_models, _narrow_tags, _narrow_shown, _narrow_hidden):
        scope = narrow(trial, scope)
    return Proposal(scope=scope, calls=calls)


def admitted_calls(world: ReplayWorld, present: Scope, recorded: Iterable[RecordedCall]) -> tuple[RecordedCall, ...]:
    """Return the calls that a scope admits, one for those that differ only in the names that they asked for.

    Names are refused one by one, so that of calls which are admitted is admitted, too.
    """
    asked = (msgspec.structs.replace(one, by_server=False) for one in recorded)
    return merged_calls(one for one in asked if replay(world, (present,), one).refusal is None)


def _alike(world: ReplayWorld, expected: Iterable[tuple[RecordedCall, Outcome]]) -> tuple[tuple[RecordedCall, Outcome], ...]:
    """Return one call for those that are decided alike: of accounts of one provider with the same consent and resources."""
    kept: dict[tuple[object, ...], list[tuple[RecordedCall, Outcome]]] = {}
    for call, outcome in expected:
        row = world.accounts[call.account_id]
        limits = (row.provider, msgspec.json.encode((row.consent, row.resources), order="sorted"))
        kept.setdefault((*limits, call.model, call.method, call.waits), []).append((call, outcome))
    return tuple(_joined(several) for several in kept.values())


def _joined(several: Sequence[tuple[RecordedCall, Outcome]]) -> tuple[RecordedCall, Outcome]:
    """Return the first call with the names of all; what it misses is that of all, as they miss the same of each name."""
    names = frozenset(name for call, _ in several for name in call.names)
    call, outcome = next((one for one in several if one[0].is_whole), several[0])
    if not call.is_whole:
        inside = dict(one for _, each in several for one in each.missed.inside)
        fields = frozenset(name for _, each in several for name in each.missed.fields)
        missed = msgspec.structs.replace(outcome.missed, fields=fields, inside=tuple(inside.items()))
        outcome = msgspec.structs.replace(outcome, missed=missed)
    return msgspec.structs.replace(call, names=names), outcome


def _narrow_methods(trial: _Trial, scope: Scope) -> Scope:
    if _uses_pass_through(trial):
        return scope
    used = sorted({name for call, _ in trial.expected for name in needed_methods(call.method)})
    rest = [one for one in READING if one not in used and method_within(one, scope)]
    return _fewest(trial, scope, used, rest, lambda methods: msgspec.structs.replace(scope, methods=methods))


def _uses_pass_through(trial: _Trial) -> bool:
    """Return whether the provider's own API was called, which needs whole classes, all models and all fields."""
    return any(call.model is None for call, _ in trial.expected)


def _narrow_writes(trial: _Trial, scope: Scope) -> Scope:
    if _uses_pass_through(trial):
        return scope
    present, needed = rules_of(scope), _needed_policies(trial, rules_of(scope).rules)
    rules = tuple(
        msgspec.structs.replace(rule, writes=narrowest((rule.writes, needed.get(at, "deny"))))
        for at, rule in enumerate(present.rules)
    )
    otherwise = narrowest((present.otherwise, needed.get(len(rules), "deny")))
    return msgspec.structs.replace(scope, writes=otherwise, write_rules=rules or msgspec.UNSET)


def _needed_policies(trial: _Trial, rules: tuple[WriteRule, ...]) -> dict[int, WritePolicy]:
    """Return the widest policy that a recorded write needs of each rule, by its place; the last place is for no rule."""
    needed: dict[int, WritePolicy] = {}
    for call, outcome in trial.expected:
        if call.model is None:
            continue
        for method in needed_methods(call.method):
            fitting = (at for at, rule in enumerate(rules) if fits(rule, call.model, method))
            at = next(fitting, len(rules))
            needed[at] = max(needed.get(at, "deny"), _policy_of(call, outcome), key=POLICIES.index)
    return needed


def _policy_of(call: RecordedCall, outcome: Outcome) -> WritePolicy:
    if method_class(call.method) == "read":
        return "deny"
    return "approve" if call.waits or outcome.waits else "direct"


def _narrow_models(trial: _Trial, scope: Scope) -> Scope:
    if _concerns_all(trial):
        return scope
    used = sorted({call.model for call, _ in trial.expected if call.model is not None})
    present = tuple(MODELS) if isinstance(scope.models, msgspec.UnsetType) else scope.models
    rest = [one for one in present if one not in used]
    return _fewest(trial, scope, used, rest, lambda models: msgspec.structs.replace(scope, models=models))


def _concerns_all(trial: _Trial) -> bool:
    """Return whether calls need models that the trail does not name: the ends of links, or all of a provider's own API."""
    return any(call.model is None or is_of_links(MODELS[call.model]) for call, _ in trial.expected)


def _narrow_tags(trial: _Trial, scope: Scope) -> Scope:
    if _concerns_all(trial) or isinstance(scope.tags, msgspec.UnsetType):
        return scope
    return _fewest(trial, scope, (), scope.tags, lambda tags: msgspec.structs.replace(scope, tags=tags))


def _narrow_shown(trial: _Trial, scope: Scope) -> Scope:
    if _concerns_all(trial):
        return scope
    widest_first = sorted(classes_of(scope.fields), key=CLASSES.index, reverse=True)
    scope = _fewest(trial, scope, (), widest_first, lambda classes: _with_fields(scope, classes=classes))
    return _fewest(trial, scope, (), scope.fields.show, lambda shown: _with_fields(scope, show=shown), least=0)


def _with_fields(scope: Scope, **changed: Words) -> Scope:
    fields: FieldScope = msgspec.structs.replace(scope.fields, **changed)
    return msgspec.structs.replace(scope, fields=fields)


def _narrow_hidden(trial: _Trial, scope: Scope) -> Scope:
    """Hide every field of the models that no call asks for."""
    if _concerns_all(trial):
        return scope
    for model in (MODELS[one] for one in MODELS if isinstance(scope.models, msgspec.UnsetType) or one in scope.models):
        scope = _hide_unused(trial, scope, model)
    return scope


def _hide_unused(trial: _Trial, scope: Scope, model: Model) -> Scope:
    of_model = [call for call, _ in trial.expected if call.model == model.id]
    if any(one.is_whole for one in of_model):
        return scope
    asked = NEVER_HIDDEN.union(*(one.names for one in of_model))
    settled = asked | hidden_fields((scope,), model)
    unused = [f"{model.id}.{one.name}" for one in model.fields if not settled & {one.name, *one.twins}]
    whole = _hiding(scope, unused)
    if trial.admits(whole):
        return whole
    for name in unused:
        hidden = _hiding(scope, (name,))
        scope = hidden if trial.admits(hidden) else scope
    return scope


def _hiding(scope: Scope, names: Iterable[str]) -> Scope:
    return _with_fields(scope, hide=(*scope.fields.hide, *names))


def _fewest(
    trial: _Trial, scope: Scope, needed: Sequence[str], rest: Sequence[str], made: Callable[[Words], Scope], *, least: int = 1
) -> Scope:
    """Return the scope with the needed words and as few of the others as admit all calls; unchanged if not even all do.

    At least so many words remain. Taking a word away never admits more, so a word that is needed among many is needed among
    fewer as well.
    """
    if needed and trial.admits(made(tuple(needed))):
        return made(tuple(needed))
    kept = [*needed, *rest]
    if not kept or not trial.admits(made(tuple(kept))):
        return scope
    for word in rest:
        fewer = tuple(one for one in kept if one != word)
        if len(fewer) >= least and trial.admits(made(fewer)):
            kept.remove(word)
    return made(tuple(kept))
