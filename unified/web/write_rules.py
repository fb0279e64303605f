"""Rules for writes on pages: in words where a scope is shown, and as rows of a form where one is made."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.service.access.scope.scopes import Scope, rules_of
from unified.service.access.scope.write_rules import POLICIES, WriteRule
from unified.web.html.messages import MESSAGES, NOUNS, VERBS

ROWS = 4
"""Rules that a form can take; the API takes more."""
METHODS = ("create", "update", "delete", "write", "custom")
PREFIX = "rule."


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the form, as it was sent."""

    number: int
    method: str
    model: str
    writes: str


def rules_in_words(scope: Scope) -> tuple[str, ...]:
    """Return a line for each rule of a scope, in the order in which they are tried."""
    return tuple(_in_words(one) for one in rules_of(scope).rules)


def _in_words(rule: WriteRule) -> str:
    methods = ("any",) if isinstance(rule.methods, UnsetType) else rule.methods
    models = () if isinstance(rule.models, UnsetType) else rule.models
    verbs = ", ".join(_verb(one) for one in methods)
    nouns = ", ".join(NOUNS.get(one, one) for one in models) or MESSAGES["rule.every_model"]
    return MESSAGES["rule.line"].format(verbs=verbs, nouns=nouns, policy=MESSAGES[f"mcp.writes.{rule.writes}"].lower())


def _verb(method: str) -> str:
    return VERBS.get(method) or MESSAGES.get(f"rule.method.{method}") or method.replace("_", " ").capitalize()


def rule_choices() -> dict[str, list[tuple[str, str]]]:
    """Return what each column of a row offers, as values with their titles."""
    return {
        "method": [(one, _verb(one)) for one in METHODS],
        "model": [(one, f"{NOUNS[one]} ({one})") for one in sorted(MODELS)],
        "writes": [(one, MESSAGES[f"mcp.writes.{one}"]) for one in POLICIES],
    }


def rule_rows(fields: Mapping[str, str]) -> tuple[RuleRow, ...]:
    """Return the rows of a form as it was sent; empty ones at first."""

    def sent(number: int, column: str) -> str:
        return fields.get(f"{PREFIX}{number}.{column}", "")

    return tuple(
        RuleRow(number=one, method=sent(one, "method"), model=sent(one, "model"), writes=sent(one, "writes"))
        for one in range(1, ROWS + 1)
    )


def sent_rules(fields: Mapping[str, str]) -> tuple[WriteRule, ...]:
    """Return the rules that a form asks for; rows without a policy are not used.

    Raises:
        ValidationFailed: the form does not offer one of the values.
    """
    return tuple(_rule(one) for one in rule_rows(fields) if one.writes)


def _rule(row: RuleRow) -> WriteRule:
    policy = next((one for one in POLICIES if one == row.writes), None)
    if policy is None or row.method not in {"", *METHODS} or row.model not in {"", *MODELS}:
        raise ValidationFailed.at("/write_rules", "expected values that the form offers")
    return WriteRule(methods=(row.method,) if row.method else UNSET, models=(row.model,) if row.model else UNSET, writes=policy)
