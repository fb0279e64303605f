"""Offers the few choices of record access in the forms of keys and MCP servers, within the caller's key."""

from collections.abc import Mapping
from typing import Any

from unified.errors.access import ScopeExceedsParent
from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.service.access.scope.inheritance import method_within
from unified.service.access.scope.scopes import Scopes, write_policies
from unified.service.access.scope.write_rules import POLICIES

READ = "read"


def access_within(choices: Mapping[str, Mapping[str, Any]], scopes: Scopes) -> dict[str, dict[str, Any]]:
    """Return the choices that lie within scopes, each with the classes of methods that the scopes have as a whole.

    Args:
        choices: parts of a scope, `methods` and `writes`, by their names in a form; those that may write are for nothing else.
        scopes: those of the caller.
    """
    widest = max(POLICIES.index(one) for one in write_policies(scopes))
    found = {}
    for name, one in choices.items():
        methods = tuple(method for method in one["methods"] if all(method_within(method, scope) for scope in scopes))
        does_more = bool(set(methods) - {READ})
        if methods and does_more == (set(one["methods"]) != {READ}) and POLICIES.index(one["writes"]) <= widest:
            found[name] = {**one, "methods": methods}
    return found


def chosen_access(choices: Mapping[str, Mapping[str, Any]], scopes: Scopes, name: str) -> dict[str, Any]:
    """Return the choice with this name.

    Raises:
        ValidationFailed: the form has no such choice.
        ScopeExceedsParent: it is beyond the scopes.
    """
    if name not in choices:
        raise ValidationFailed.at("scope.methods", f"expected one of {known_names(choices)}")
    found = access_within(choices, scopes).get(name)
    if found is None:
        raise ScopeExceedsParent.at("scope.methods", "more than the key that makes it has")
    return found
