"""How writes go, by method and model: sent at once, after an approval, or not at all.

A scope says it with `writes`, and with `write_rules` for what differs from it: comments direct, closing asks, deleting never.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from unified.models import METHOD_CLASS, MODELS, method_class, needed_methods

WritePolicy = Literal["deny", "approve", "direct"]
POLICIES: tuple[WritePolicy, ...] = ("deny", "approve", "direct")
"""From the narrowest to the widest."""
MAX_RULES = 50
WRITING = tuple(name for name, kind in METHOD_CLASS.items() if kind != "read")


class WriteRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How some writes go; of several rules, the first that fits a write decides."""

    methods: tuple[str, ...] | UnsetType = UNSET
    """Methods or classes of them, `write` or `custom`; all writes if left out."""
    models: tuple[str, ...] | UnsetType = UNSET
    """Models, such as `ticketing.comments`; all models if left out."""
    writes: WritePolicy
    """`deny`, `approve` or `direct`."""


class WriteRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one scope, and what applies to writes that no rule fits."""

    rules: tuple[WriteRule, ...] = ()
    otherwise: WritePolicy = "direct"

    def policy(self, model_id: str, method: str) -> WritePolicy:
        """Return how a method of a model goes; an upsert goes as the narrower of creating and updating does."""
        return narrowest(self._policy(model_id, one) for one in needed_methods(method))

    def _policy(self, model_id: str, method: str) -> WritePolicy:
        return next((one.writes for one in self.rules if fits(one, model_id, method)), self.otherwise)

    @property
    def policies(self) -> frozenset[WritePolicy]:
        """Every policy that may apply to some write."""
        return frozenset({self.otherwise, *(one.writes for one in self.rules)})


def fits(rule: WriteRule, model_id: str, method: str) -> bool:
    """Return whether a rule is about a method of a model."""
    if not isinstance(rule.models, UnsetType) and model_id not in rule.models:
        return False
    return isinstance(rule.methods, UnsetType) or not {method, method_class(method)}.isdisjoint(rule.methods)


def narrowest(policies: Iterable[WritePolicy]) -> WritePolicy:
    """Return the narrowest of some policies."""
    return min(policies, key=POLICIES.index)


def capped(rules: Iterable[WriteRule], widest: WritePolicy) -> tuple[WriteRule, ...]:
    """Return the rules, none of them wider than a policy."""
    return tuple(msgspec.structs.replace(one, writes=narrowest((one.writes, widest))) for one in rules)


def exceeding(ours: WriteRules, theirs: WriteRules, methods: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield each model and method that goes further by our rules than by theirs.

    Custom methods that neither a rule nor `methods`, those of our scope, name are one case, since all of them go alike.
    """
    if POLICIES.index(ours.otherwise) <= POLICIES.index(theirs.otherwise) and ours.rules == theirs.rules:
        return
    named = {name for one in (*ours.rules, *theirs.rules) for name in _methods(one)}
    customs = {"custom", *named, *methods} - {*METHOD_CLASS, "read", "write"}
    for model_id in MODELS:
        for method in (*WRITING, *sorted(customs)):
            if POLICIES.index(ours.policy(model_id, method)) > POLICIES.index(theirs.policy(model_id, method)):
                yield model_id, method


def _methods(rule: WriteRule) -> tuple[str, ...]:
    return () if isinstance(rule.methods, UnsetType) else rule.methods
