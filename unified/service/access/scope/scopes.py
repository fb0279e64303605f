"""Scopes: what a caller may do. One type for API keys, MCP servers and tools, enforced on the only way to a provider.

A caller may have several, such as those of an MCP server and of the API key shown with its token: all must allow an act.
`unified.service.access.scope.inheritance` reads scopes and restricts one to another.
"""

from functools import cached_property
from typing import Any, Literal, get_args

import msgspec

from unified.errors.access import (
    Forbidden,
    MethodNotAllowedByScope,
    OutsideAccounts,
    OutsideConsent,
    OutsideModels,
    OutsideTags,
    WritesDenied,
)
from unified.models import Model, method_class, needed_methods
from unified.service.access.scope.write_rules import POLICIES, WritePolicy, WriteRule, WriteRules, narrowest

SensitivityClass = Literal["none", "personal", "sensitive", "secret"]
Permission = Literal["accounts", "connect", "keys", "servers", "approvals", "webhooks", "apps", "tenant", "audit"]
CLASSES: tuple[SensitivityClass, ...] = ("none", "personal", "sensitive", "secret")
DEFAULT_CLASSES: tuple[SensitivityClass, ...] = ("none", "personal")
METHOD_CLASSES = ("read", "write", "custom")
READING = ("get", "list")
"""Methods that answer with records; whoever has neither gets no more of a record than its id."""
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
"""Subjects to manage: accounts, connecting accounts, API keys, MCP servers, approvals of writes, webhooks, OAuth apps, the
tenant itself, and reading the audit."""


class FieldScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which fields may be seen: those of these sensitivity classes and those of `show`, without those of `hide`.

    Entries are `crm.contacts.emails`, or `emails` for that field of every model.
    """

    hide: tuple[str, ...] = ()
    """Fields that are not seen."""
    show: tuple[str, ...] = ()
    """Fields that are seen although their class is not among `classes`."""
    classes: tuple[SensitivityClass, ...] | msgspec.UnsetType = msgspec.UNSET
    """Sensitivity classes whose fields are seen; if left out, `none` and `personal`, limited to those that the maker sees."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The chosen records of one kind of resource."""

    ids: tuple[str, ...]
    """The ids of the records, as the provider has them."""

    @cached_property
    def as_set(self) -> frozenset[str]:
        """The ids, to look one up among them."""
        return frozenset(self.ids)


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits what a key may do; omitted parts never allow more than the key that makes it may do.

    Accounts, tags, models, resources and conditions that are omitted are those of the maker, `methods` is `["read"]`, the
    fields are those that are neither sensitive nor secret, and nothing may be managed.
    docs/quickstart-agents-and-security.md shows examples.
    """

    accounts: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """Ids of the accounts that may be used."""
    methods: tuple[str, ...] = ("read",)
    """Methods or classes of them: `read`, `write`, `custom`; `["read"]` if left out."""
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """Tags of models, of which a model needs one."""
    models: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """Models, such as `crm.contacts`; `GET /catalog/models` lists them."""
    fields: FieldScope = FieldScope()
    resources: dict[str, Chosen] | msgspec.UnsetType = msgspec.UNSET
    """Chosen records by kind of resource, such as `ticketing.collections`: only these are seen, and what belongs to them."""
    records: dict[str, dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    """Conditions on records by model, in the words of list filters: `{"crm.opportunities": {"close_date": "this_month"}}`."""
    writes: WritePolicy | msgspec.UnsetType = msgspec.UNSET
    """How writes go that no rule is about: `deny`, `approve` or `direct`."""
    write_rules: tuple[WriteRule, ...] | msgspec.UnsetType = msgspec.UNSET
    """How some writes go, by method and model; the first rule that fits a write decides."""
    manage: tuple[Permission, ...] | msgspec.UnsetType = msgspec.UNSET
    """Subjects that may be managed; nothing if omitted. Unlike the other lists, this one may be empty."""


class Consent(Scope, frozen=True, kw_only=True):
    """The consent of an account's owner: one more scope that must allow an act, for every caller.

    It limits methods, models, tags and records. `unified.service.access.consent` says where it comes from.
    """


Scopes = tuple[Scope, ...]
"""All of them must allow an act."""
UNLIMITED = Scope(methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES), writes="direct", manage=PERMISSIONS)
"""The scope that the word `unlimited` requests for a key; its role still bounds what it may manage."""


def named_accounts(scopes: Scopes) -> tuple[str, ...] | None:
    """Return the accounts that all of these scopes name; None if none of them names any."""
    named = [set(one.accounts) for one in scopes if isinstance(one.accounts, tuple)]
    return tuple(sorted(set.intersection(*named))) if named else None


def chosen_of(scope: Scope) -> dict[str, Chosen]:
    """Return the resources that a scope names; none if it leaves them to its parent."""
    return {} if isinstance(scope.resources, msgspec.UnsetType) else scope.resources


def records_of(scope: Scope) -> dict[str, dict[str, Any]]:
    """Return the conditions that a scope has, by model; none if it leaves them to its parent."""
    return {} if isinstance(scope.records, msgspec.UnsetType) else scope.records


def manage_of(scope: Scope) -> tuple[Permission, ...] | None:
    """Return the permissions that a scope names; None if it does not mention them."""
    return None if isinstance(scope.manage, msgspec.UnsetType) else scope.manage


def stored_scope(values: dict[str, Any] | None) -> Scope:
    """Return the scope of a stored key; a key that version 0.1 stored without a scope is unlimited, as it was created."""
    return UNLIMITED if values is None else msgspec.convert(values, Scope)


def scope_values(scope: Scope) -> dict[str, Any]:
    """Return the scope as JSON values, as it is stored."""
    return msgspec.json.decode(msgspec.json.encode(scope), type=dict[str, Any])


def require_account(scopes: Scopes, account_id: str) -> None:
    """Require that the scopes include an account.

    Raises:
        OutsideAccounts: they do not.
    """
    if not allows_account(scopes, account_id):
        raise OutsideAccounts("the key's scope does not include this account")


def allows_account(scopes: Scopes, account_id: str) -> bool:
    """Return whether the scopes include an account."""
    return all(scope.accounts is msgspec.UNSET or account_id in scope.accounts for scope in scopes)


def require(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> None:
    """Require that the scopes allow a method of a model; a write must be allowed at least with an approval.

    Raises:
        MethodNotAllowedByScope, OutsideModels, OutsideTags, WritesDenied: the first limit that is not met.
    """
    refusal = _refusal(scopes, model, method, tags)
    if refusal is not None:
        raise refusal


def allows(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> bool:
    """Return whether `require` accepts the method, to offer only what can be called."""
    return _refusal(scopes, model, method, tags) is None


def shows_records(scopes: Scopes, model: Model, tags: tuple[str, ...]) -> bool:
    """Return whether records of a model are read, one by one or as a list: `methods` limits what is answered, too."""
    return any(allows(scopes, model, method, tags) for method in READING)


def reaches_model(scope: Scope, model: Model) -> bool:
    """Return whether a scope lets its holder read records of a model at some provider; tags of mappings are not looked at."""
    return any(_outside_one(scope, model, method, model.tags) is None for method in READING)


def require_reach(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> None:
    """Require that `reaches` is true.

    Raises:
        OutsideConsent: the owner of the account did not agree to it.
        OutsideModels: for every other limit, since the model is that of a linked record.
    """
    refusal = _outside(scopes, model, method, tags)
    if refusal is not None:
        raise (
            refusal
            if isinstance(refusal, OutsideConsent)
            else OutsideModels(f"the key's scope does not include {method} of {model.id}")
        )


def reaches(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> bool:
    """Return whether the scopes include a method of a model, whatever their write policy: to decide about others' writes."""
    return _outside(scopes, model, method, tags) is None


def _refusal(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> Forbidden | None:
    outside = _outside(scopes, model, method, tags)
    if outside is None and method_class(method) != "read" and write_policy(scopes, model.id, method) == "deny":
        return _denied(scopes, model, method)
    return outside


def _denied(scopes: Scopes, model: Model, method: str) -> WritesDenied:
    denying = next(one for one in map(rules_of, scopes) if one.policy(model.id, method) == "deny")
    if denying.otherwise == "deny":
        return WritesDenied("the key's scope denies writes; it needs `writes: direct` or `writes: approve`")
    return WritesDenied(f"a rule of the key's scope (`write_rules`) denies {method} of {model.id}")


def _outside(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> Forbidden | None:
    for scope in scopes:
        refusal = _outside_one(scope, model, method, tags)
        if refusal is not None:
            return outside_consent(f"{method} of {model.id}") if isinstance(scope, Consent) else refusal
    return None


def _outside_one(scope: Scope, model: Model, method: str, tags: tuple[str, ...]) -> Forbidden | None:
    for one in needed_methods(method):
        if one not in scope.methods and method_class(one) not in scope.methods:
            needing = "" if one == method else f", which {method} needs"
            return MethodNotAllowedByScope(f"the key's scope does not include {one} ({method_class(one)}){needing}")
    if scope.models is not msgspec.UNSET and model.id not in scope.models:
        return OutsideModels(f"the key's scope does not include {model.id}")
    if scope.tags is not msgspec.UNSET and not set(scope.tags) & set(tags):
        return OutsideTags(f"the key's scope includes none of the tags of {model.id}: {', '.join(model.tags)}")
    return None


def outside_consent(what: str) -> OutsideConsent:
    """Return the refusal of an act that the account's owner did not agree to."""
    return OutsideConsent(
        f"the owner of this account did not agree to {what}. Have the account connected again with a link that shows it: "
        "POST /connect with `account_id` and a `scope` that includes it"
    )


def write_policy(scopes: Scopes, model_id: str, method: str) -> WritePolicy:
    """Return how a write goes: by the narrowest of the policies that the scopes have for it."""
    return narrowest(rules_of(scope).policy(model_id, method) for scope in scopes)


def write_policies(scopes: Scopes) -> frozenset[WritePolicy]:
    """Return every policy that may apply to some write."""
    every = [rules_of(scope).policies for scope in scopes]
    ceiling = narrowest(max(one, key=POLICIES.index) for one in every)
    return frozenset(narrowest((policy, ceiling)) for one in every for policy in one)


def rules_of(scope: Scope) -> WriteRules:
    """Return how the writes of a scope go; one that does not say it is direct."""
    rules = () if isinstance(scope.write_rules, msgspec.UnsetType) else scope.write_rules
    return WriteRules(rules=rules, otherwise="direct" if isinstance(scope.writes, msgspec.UnsetType) else scope.writes)


def require_direct_writes(scopes: Scopes) -> None:
    """Require that every write goes directly to the provider.

    Raises:
        WritesDenied: some are denied, or need an approval.
    """
    refuse_unless_direct(narrowest(write_policies(scopes)))


def refuse_unless_direct(policy: WritePolicy) -> None:
    """Refuse a write that is not sent directly.

    Raises:
        WritesDenied: it is denied, or needs an approval.
    """
    if policy == "deny":
        raise WritesDenied("the key's scope denies writes; it needs `writes: direct`")
    if policy == "approve":
        raise WritesDenied("the key's scope asks for an approval of each write, which this way of writing does not have")


def reaches_all_models(scopes: Scopes) -> bool:
    """Return whether none of the scopes is limited to named models or tags."""
    return all(scope.tags is msgspec.UNSET and scope.models is msgspec.UNSET for scope in scopes)


def require_all_models(scopes: Scopes, refusal: str, what: str) -> None:
    """Require that no scope is limited to named models or tags.

    Args:
        scopes: those of the caller, and the consent of the account.
        refusal: the text for a caller that is limited.
        what: what the owner of the account did not agree to.

    Raises:
        OutsideModels: the caller is limited.
        OutsideConsent: the owner agreed to some models or tags only.
    """
    for scope in scopes:
        if not reaches_all_models((scope,)):
            raise outside_consent(what) if isinstance(scope, Consent) else OutsideModels(refusal)
