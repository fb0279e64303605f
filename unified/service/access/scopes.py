"""Scopes: what a caller may do. One type for API keys, MCP servers and tools; enforced on the one way to a provider.

A caller may have several, such as that of an MCP server and that of the API key beside its token: all must allow.
How a scope is read and narrowed under another one is in `unified.service.access.scope_inheritance`.
"""

from typing import Any, Literal, get_args

import msgspec

from unified.errors import (
    FieldHidden,
    Forbidden,
    MethodNotAllowedByScope,
    OutsideAccounts,
    OutsideModels,
    OutsideTags,
    WritesDenied,
)
from unified.models import Field, Model, method_class

SensitivityClass = Literal["none", "personal", "sensitive", "secret"]
WritePolicy = Literal["deny", "approve", "direct"]
Permission = Literal["accounts", "connect", "keys", "servers", "approvals", "webhooks", "apps", "tenant", "audit"]
CLASSES: tuple[SensitivityClass, ...] = ("none", "personal", "sensitive", "secret")
DEFAULT_CLASSES: tuple[SensitivityClass, ...] = ("none", "personal")
POLICIES: tuple[WritePolicy, ...] = ("deny", "approve", "direct")
"""From the narrowest on."""
METHOD_CLASSES = ("read", "write", "custom")
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
"""Acts on Unified itself: changing accounts, connecting them, API keys, MCP servers, deciding approvals, webhooks, OAuth
apps, the tenant itself, reading the audit trail."""


class FieldScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which fields may be seen: those of these sensitivity classes and those of `show`, without those of `hide`.

    Entries are `crm.contacts.emails`, or `emails` for that field of every model.
    """

    hide: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    classes: tuple[SensitivityClass, ...] | msgspec.UnsetType = msgspec.UNSET


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chosen records of one kind of resource."""

    ids: tuple[str, ...]


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scope; what is omitted is as the parent has it. docs/quickstart-agents-and-security.md shows the JSON form."""

    accounts: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    methods: tuple[str, ...] = ("read",)
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    models: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    fields: FieldScope = FieldScope()
    resources: dict[str, Chosen] | msgspec.UnsetType = msgspec.UNSET
    writes: WritePolicy | msgspec.UnsetType = msgspec.UNSET
    manage: tuple[Permission, ...] | msgspec.UnsetType = msgspec.UNSET
    """What may be done to Unified itself; nothing when omitted. Unlike the other lists, an empty one is an answer."""


Scopes = tuple[Scope, ...]
"""All of them must allow."""
UNLIMITED = Scope(methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES), writes="direct", manage=PERMISSIONS)
"""The scope that a key is asked for by the word `unlimited`; its role still bounds what it may manage."""


def named_accounts(scopes: Scopes) -> tuple[str, ...] | None:
    """The accounts that all of these scopes name; None when none of them names any."""
    named = [set(one.accounts) for one in scopes if isinstance(one.accounts, tuple)]
    return tuple(sorted(set.intersection(*named))) if named else None


def chosen_of(scope: Scope) -> dict[str, Chosen]:
    """The resources that a scope names; none for one that leaves them to its parent."""
    return {} if isinstance(scope.resources, msgspec.UnsetType) else scope.resources


def manage_of(scope: Scope) -> tuple[Permission, ...] | None:
    """The permissions that a scope names; None for one that says nothing of them."""
    return None if isinstance(scope.manage, msgspec.UnsetType) else scope.manage


def stored_scope(given: dict[str, Any] | None) -> Scope:
    """The scope of a stored key; one that version 0.1 stored without a scope is unlimited, as it was made."""
    return UNLIMITED if given is None else msgspec.convert(given, Scope)


def scope_values(scope: Scope) -> dict[str, Any]:
    """The scope as JSON values, as it is stored."""
    return msgspec.json.decode(msgspec.json.encode(scope), type=dict[str, Any])


def require_account(scopes: Scopes, account_id: str) -> None:
    """Raise OutsideAccounts unless the account is in the scope."""
    if not allows_account(scopes, account_id):
        raise OutsideAccounts("the key's scope does not include this account")


def allows_account(scopes: Scopes, account_id: str) -> bool:
    """Whether the account is in the scope."""
    return all(scope.accounts is msgspec.UNSET or account_id in scope.accounts for scope in scopes)


def require(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> None:
    """Raise the refusal that fits unless the scope allows this method of this model, a write at least with approval."""
    refusal = _refusal(scopes, model, method, tags)
    if refusal is not None:
        raise refusal


def allows(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> bool:
    """Whether `require` lets it pass, for those who offer only what can be called."""
    return _refusal(scopes, model, method, tags) is None


def reaches(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> bool:
    """Whether the scope includes this method of this model, whatever it says of writes: for deciding about others' writes."""
    return _outside(scopes, model, method, tags) is None


def _refusal(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> Forbidden | None:
    outside = _outside(scopes, model, method, tags)
    if outside is None and method_class(method) != "read" and write_policy(scopes) == "deny":
        return WritesDenied("the key's scope denies writes; it needs `writes: direct` or `writes: approve`")
    return outside


def _outside(scopes: Scopes, model: Model, method: str, tags: tuple[str, ...]) -> Forbidden | None:
    for scope in scopes:
        if method not in scope.methods and method_class(method) not in scope.methods:
            return MethodNotAllowedByScope(f"the key's scope does not include {method} ({method_class(method)})")
        if scope.models is not msgspec.UNSET and model.id not in scope.models:
            return OutsideModels(f"the key's scope does not include {model.id}")
        if scope.tags is not msgspec.UNSET and not set(scope.tags) & set(tags):
            return OutsideTags(f"the key's scope includes none of the tags of {model.id}: {', '.join(model.tags)}")
    return None


def write_policy(scopes: Scopes) -> WritePolicy:
    """How writes go: the narrowest of the policies; a scope that names none lets them go straight to the provider."""
    return min((_policy(scope) for scope in scopes), key=POLICIES.index)


def _policy(scope: Scope) -> WritePolicy:
    return "direct" if scope.writes is msgspec.UNSET else scope.writes


def require_direct_writes(scopes: Scopes) -> None:
    """Raise WritesDenied unless writes go straight to the provider."""
    policy = write_policy(scopes)
    if policy == "deny":
        raise WritesDenied("the key's scope denies writes; it needs `writes: direct`")
    if policy == "approve":
        raise WritesDenied("the key's scope asks for an approval of each write, which this way of writing does not have")


def hidden_fields(scopes: Scopes, model: Model) -> frozenset[str]:
    """Fields of the model that this scope must not see, with all that tell the same; the id is never hidden.

    A field whose twin is hidden is hidden too, even if `show` names it alone: to show one of them, show both.
    """
    hidden = {field for field in model.fields if any(_hides(scope.fields, model, field) for scope in scopes)}
    names = {name for field in hidden for name in (field.name, *field.twins)}
    return frozenset(names - {"id", "remote_id"})


def _hides(fields: FieldScope, model: Model, field: Field) -> bool:
    names = {field.name, f"{model.id}.{field.name}"}
    if names & set(fields.hide):
        return True
    return not names & set(fields.show) and not sensitivities(field) <= set(classes_of(fields))


def classes_of(fields: FieldScope) -> tuple[SensitivityClass, ...]:
    """The classes that may be seen; those of a scope that names none are never `sensitive` or `secret`."""
    return DEFAULT_CLASSES if fields.classes is msgspec.UNSET else fields.classes


def sensitivities(field: Field) -> set[str]:
    """The classes of a field and of all that is nested in it."""
    return {field.sensitivity}.union(*(sensitivities(inner) for inner in field.nested))


def hides_nothing(scopes: Scopes) -> bool:
    """Whether every field of every model may be seen."""
    return all(not scope.fields.hide and set(classes_of(scope.fields)) == set(CLASSES) for scope in scopes)


def reaches_all_models(scopes: Scopes) -> bool:
    """Whether no scope names the models or tags that it is for."""
    return all(scope.tags is msgspec.UNSET and scope.models is msgspec.UNSET for scope in scopes)


def refuse_hidden(hidden: frozenset[str], asked: frozenset[str], model: Model) -> None:
    """Raise FieldHidden when a hidden field is asked for, filtered or sorted by, or written."""
    bad = sorted(hidden & asked)
    if bad:
        raise FieldHidden(f"{model.id}: hidden from this key: {', '.join(bad)}")
