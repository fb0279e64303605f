"""The rules for the settings of provider files: declared, used, fitting, and known before they are needed."""

import re
from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.rules.provider_rules import NAME, ProviderSubject, urls
from unified.catalog.files.source import DocumentPath
from unified.catalog.provider import Provider
from unified.errors.names import did_you_mean, known_names
from unified.transport.account_settings import settings_of_consent
from unified.transport.auth import parts_of


def templates(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every text with `{names}` of settings or of values of the installation, with its place."""
    yield from _scopes(provider)
    yield from urls(provider)
    yield from ((("headers", name), value) for name, value in provider.headers.items())
    for index, rules in enumerate(provider.auth):
        tables = {key: getattr(rules, key, None) for key in ("grant", "claims", "header")}
        for key, table in tables.items():
            if isinstance(table, dict):
                yield from ((("auth", index, key, name), text) for name, text in table.items())


def _scopes(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    for index, rules in enumerate(provider.auth):
        for row, texts in getattr(rules, "scopes", {}).items():
            yield from ((("auth", index, "scopes", row, at), text) for at, text in enumerate(texts))


def _parts_at(provider: Provider, place: DocumentPath) -> frozenset[str]:
    """Return the names of parts that a template at this place may use besides settings."""
    index = place[1] if place[0] == "auth" else None
    return frozenset(parts_of(provider.auth[index])) if isinstance(index, int) else frozenset()


def _undeclared(subject: ProviderSubject) -> Iterator[Found]:
    known = subject.provider.settings
    for place, url in templates(subject.provider):
        parts = _parts_at(subject.provider, place)
        for name in dict.fromkeys(NAME.findall(url)):
            if name not in known and name not in parts:
                names = {*known, *parts}
                where = "`settings` or `parts`" if parts else "`settings`"
                shown = known_names(names) or "none"
                message = f"`{{{name}}}` is not declared under {where}.{did_you_mean(name, names)} Declared: {shown}"
                yield Found(place=place, message=message)


def _unused(subject: ProviderSubject) -> Iterator[Found]:
    used = {name for _, text in templates(subject.provider) for name in NAME.findall(text)}
    for name in subject.provider.settings:
        if name not in used and not any(re.search(rf"settings\.`?{name}\b", text) for text in subject.mapping_texts):
            message = (
                f"setting `{name}` is requested, but neither a URL nor a mapping of this provider uses it: use or remove it"
            )
            yield Found(place=("settings", name), message=message, key=True)


def _patterns(subject: ProviderSubject) -> Iterator[Found]:
    for name, setting in subject.provider.settings.items():
        if setting.pattern is None:
            continue
        try:
            fits = re.compile(setting.pattern).fullmatch(setting.example) or not setting.example
        except re.error as problem:
            yield Found(place=("settings", name, "pattern"), message=f"not a regular expression: {problem.msg}")
        else:
            if not fits:
                yield Found(
                    place=("settings", name, "example"), message=f"the example `{setting.example}` does not match the pattern"
                )


BEFORE_CALLS = frozenset({"token", "consent"})
"""Sources of settings that are known before the first call to the base URL."""


def _covered(subject: ProviderSubject) -> Iterator[Found]:
    """Report a list of what a consent covers without a setting that it gives, and such a setting without the list."""
    lists = [index for index, one in enumerate(subject.provider.auth) if getattr(one, "covers", None) is not None]
    names = sorted(settings_of_consent(subject.provider))
    if names and not lists:
        message = "`from: consent` needs `covers` of `oauth2`, which says where the list is"
        yield Found(place=("settings", names[0], "learned", "from"), message=message)
    if lists and not names:
        message = "nothing is learned from what the consent covers: add a setting with `learned: {from: consent, …}`"
        yield Found(place=("auth", lists[0], "covers"), message=message)


def _learned(subject: ProviderSubject) -> Iterator[Found]:
    """Report settings that are learned too late or from nowhere, or that contradict themselves."""
    yield from _covered(subject)
    used = {name for place, url in urls(subject.provider) for name in NAME.findall(url) if place[-1] == "base_url"}
    before = {name for place, url in urls(subject.provider) for name in NAME.findall(url) if place[-1] != "base_url"}
    before |= {name for _, text in _scopes(subject.provider) for name in NAME.findall(text)}
    for name, setting in subject.provider.settings.items():
        place: DocumentPath = ("settings", name)
        if setting.default is not None and setting.choices and setting.default not in setting.choices:
            message = f"the default `{setting.default}` is not one of the choices: {', '.join(setting.choices)}"
            yield Found(place=(*place, "default"), message=message)
        if setting.choices and setting.pattern is not None:
            yield Found(
                place=(*place, "pattern"), message="`choices` are the only values, so `pattern` has no effect: remove it"
            )
        if setting.learned is not None and (name in before or (name in used and setting.learned.source not in BEFORE_CALLS)):
            what = f"`{{{name}}}` is part of an address or a scope that is needed before the provider can say it"
            message = f"{what}: ask for it instead"
            yield Found(place=(*place, "learned"), message=message)


SETTING_RULES: tuple[Rule, ...] = (
    lint_rule(
        "P004",
        "setting not declared",
        "People enter the value of a name in a URL when they connect, so `settings` must describe it.",
        _undeclared,
    ),
    lint_rule("P005", "setting not used", "Do not ask people for a value that nothing uses.", _unused, severity="warning"),
    lint_rule(
        "P006", "setting pattern", "A pattern must be a valid regular expression, and the example must match it.", _patterns
    ),
    lint_rule(
        "P015",
        "setting that cannot be",
        "A default is one of the choices, and a learned setting is known before an address needs it: only what comes with the "
        "token, or is chosen of what the consent `covers`, can be part of `base_url`.",
        _learned,
    ),
)
"""Rules on the settings of a provider, in order of their codes."""
