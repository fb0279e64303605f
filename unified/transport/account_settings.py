"""Settings of an account: read from what a person enters, checked, and completed with what the provider itself says."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from unified.catalog.provider import Provider, Setting
from unified.errors.error import MOST_PROBLEMS, FieldProblem
from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.text.pattern_examples import expected_form
from unified.transport.connection import DNS_LABEL, settings_needed, url_templates
from unified_jsonata import UNDEFINED, Expression, JsonataError, compile

MAX_LENGTH = 253
"""The longest setting: that of a host name (RFC 1035)."""
MAX_SHOWN = 60
"""Characters of an unknown name that a message repeats."""
TOKEN, CHECK, CONSENT = "token", "check", "consent"
"""Sources of settings besides requests: the answer with the token, that of `check`, and what a consent covers."""


def entered_settings(provider: Provider, entered: Mapping[str, str]) -> dict[str, str]:
    """Return settings as they are used: without blanks around them, a pasted address cut to its part, defaults filled in."""
    settings = {name: _from_address(provider, name, value.strip()) for name, value in entered.items()}
    defaults = {name: rule.default for name, rule in provider.settings.items() if rule.default is not None}
    return {**defaults, **{name: value for name, value in settings.items() if value or name not in defaults}}


def _from_address(provider: Provider, name: str, value: str) -> str:
    """Return `acme` for `https://acme.zendesk.com/agent`, if the provider's hosts or the setting's addresses have that form."""
    place = _place(value) if "." in value else None
    if place is None or name not in provider.settings:
        return value
    matches = (pattern.match(place) for pattern in _address_patterns(provider, name))
    return next((match["value"] for match in matches if match is not None), value)


def _place(value: str) -> str | None:
    """Return host and path of an address, without what else a person may copy: scheme, user, port, query."""
    try:
        parts = urlsplit(value if "://" in value else f"https://{value}")
        return None if parts.hostname is None else f"{parts.hostname.rstrip('.')}{parts.path.rstrip('/')}/"
    except ValueError:  # such as an unfinished IPv6 address
        return None


def _address_patterns(provider: Provider, name: str) -> list[re.Pattern[str]]:
    """Return patterns of what an address with the setting begins with: known addresses first, then the provider's own hosts."""
    slot = f"{{{name}}}"
    hosts = [host for one in url_templates(provider) if (host := urlsplit(one).netloc).count(slot) == 1 and host != slot]
    known = [one.replace("{}", slot) for one in provider.settings[name].addresses]
    return [_address_pattern(one, slot) for one in dict.fromkeys((*known, *hosts))]


def _address_pattern(address: str, slot: str) -> re.Pattern[str]:
    before, after = address.split(slot)
    return re.compile(f"{re.escape(before)}(?P<value>[^/]+?){re.escape(after)}/", re.IGNORECASE)


def check_settings(
    provider: Provider, settings: Mapping[str, object], credentials_type: str, *, is_complete: bool = True
) -> None:
    """Check settings against the provider file; by default, each is one DNS label.

    Args:
        provider: The provider.
        settings: What was entered, and learned so far.
        credentials_type: The type of credentials, which decides what its URLs need.
        is_complete: Whether the settings that the provider itself says were learned, and so may be missed.

    Raises:
        ValidationFailed: Settings are missing, unknown or of the wrong form.
    """
    needed = settings_needed(provider, credentials_type)
    problems = [
        problem
        for name, rule in provider.settings.items()
        if (
            problem := _problem(
                name,
                rule,
                settings.get(name),
                required=(rule.required or name in needed) and (is_complete or not is_learned(rule, credentials_type)),
            )
        )
    ]
    for name in sorted(settings.keys() - provider.settings.keys())[:MOST_PROBLEMS]:
        message = f"unknown setting. Known: {known_names(provider.settings) or 'none'}"
        problems.append(FieldProblem(pointer=f"/settings/{name[:MAX_SHOWN]}", code="unknown", message=message))
    if problems:
        names = ", ".join(problem.pointer.removeprefix("/settings/") for problem in problems)
        raise ValidationFailed(f"{provider.title}: settings cannot be used: {names}", errors=tuple(problems))


def is_learned(rule: Setting, credentials_type: str) -> bool:
    """Return whether the provider itself says a setting with these credentials; what a consent covers, only after one."""
    return rule.learned is not None and (rule.learned.source != CONSENT or credentials_type == "oauth2")


def asked_settings(provider: Provider, credentials_type: str) -> dict[str, Setting]:
    """Return the settings that a person enters with these credentials: those that the provider does not say and that matter."""
    needed = settings_needed(provider, credentials_type)
    return {
        name: rule
        for name, rule in provider.settings.items()
        if not is_learned(rule, credentials_type) and (rule.learned is None or rule.required or name in needed)
    }


def settings_of_consent(provider: Provider) -> frozenset[str]:
    """Return the settings that are learned from what the customer chooses of that which a consent covers."""
    rules = provider.settings.items()
    return frozenset(name for name, rule in rules if rule.learned is not None and rule.learned.source == CONSENT)


def _problem(name: str, rule: Setting, value: object, *, required: bool) -> FieldProblem | None:
    if value is None:
        message = f"{rule.title} is required" + (f", such as `{rule.example}`" if rule.example else "")
        return FieldProblem(pointer=f"/settings/{name}", code="required", message=message) if required else None
    if isinstance(value, str) and len(value) <= MAX_LENGTH and _fits(rule, value):
        return None
    return FieldProblem(pointer=f"/settings/{name}", code="invalid", message=f"{rule.title}: expected {_expected(rule)}")


def _fits(rule: Setting, value: str) -> bool:
    if rule.choices:
        return value in rule.choices
    pattern = re.compile(rule.pattern) if rule.pattern else DNS_LABEL
    return pattern.fullmatch(value) is not None


def _expected(rule: Setting) -> str:
    if rule.choices:
        return f"one of {', '.join(rule.choices)}"
    return expected_form(rule.pattern, rule.example) if rule.pattern else "one DNS label (letters, digits, hyphens)"


def sources(provider: Provider, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return where the settings that are still missing can be learned: `token`, `check`, `consent`, or a request."""
    rules = (rule.learned for name, rule in provider.settings.items() if name not in settings)
    return tuple(dict.fromkeys(rule.source for rule in rules if rule is not None))


def learned_settings(provider: Provider, source: str, answer: Any) -> dict[str, str]:
    """Return the settings that an answer of the provider says; what it does not say, or not in the right form, is left out."""
    rules = ((name, rule) for name, rule in provider.settings.items() if rule.learned and rule.learned.source == source)
    found = ((name, rule, text_at(rule.learned.value, answer)) for name, rule in rules if rule.learned)
    return {name: value for name, rule, value in found if value is not None and len(value) <= MAX_LENGTH and _fits(rule, value)}


def found_at(expression: str, answer: Any) -> Any:
    """Return what an expression of a provider file finds in an answer; None where it finds nothing or fails."""
    try:
        value = _compiled(expression).evaluate(answer)
    except JsonataError:
        return None
    return None if value is UNDEFINED else value


def text_at(expression: str, answer: Any) -> str | None:
    """Return a text or whole number that `found_at` finds, as text; None for anything else."""
    value = found_at(expression, answer)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


@cache  # of the catalog's files only, so it stays small
def _compiled(expression: str) -> Expression:
    return compile(expression)
