"""The rules for provider files; each row of `PROVIDER_RULES` names its function."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from unified.authoring.findings import Found, Rule, lint_rule
from unified.catalog.provider import Pagination, Provider
from unified.catalog.source import DocumentPath, Source
from unified.catalog.text_policy import problems_in
from unified.errors.error import UnifiedError
from unified.errors.names import did_you_mean, known_names, suggestion
from unified.jsonata import JsonataError, compile, unknown_functions
from unified.transform.check_expressions import FUNCTIONS
from unified.transform.compile import VERBS
from unified.transform.functions import callables
from unified.transform.mapping import Mapping
from unified.transform.pagination import KEYS
from unified.transport.auth import parts_of

PLACES = ("query.", "body.", "header.")
_NAME = re.compile(r"\{(\w+)\}")
_PAGE_EXPRESSIONS = ("next", "more", "total", "field", "page_info")


class ProviderSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What provider rules look at: the file, and what the rest of the folder says about it."""

    provider: Provider
    source: Source
    models: tuple[str, ...] = ()
    """The models that have a mapping."""
    operations: tuple[tuple[Mapping, str], ...] = ()
    """Every mapping with each of its methods; none if a mapping could not be loaded."""
    mapping_texts: tuple[str, ...] = ()
    """The mapping files of this provider, as text."""
    missing_for_tier: tuple[str, ...] = ()
    """What the tier that it claims needs and is not there."""


def _docs(subject: ProviderSubject) -> Iterator[Found]:
    if urlsplit(subject.provider.docs).scheme != "https":
        yield Found(
            place=("docs",),
            message=f"expected the https address of the provider's documentation, got `{subject.provider.docs}`",
        )


def _urls(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    yield ("base_url",), provider.base_url
    for index, rules in enumerate(provider.auth):
        for name in ("base_url", "authorize_url", "token_url"):
            if url := getattr(rules, name, None):
                yield ("auth", index, name), url


def templates(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every text with `{names}` of settings or of values of the installation, with its place."""
    yield from _urls(provider)
    yield from ((("headers", name), value) for name, value in provider.headers.items())
    for index, rules in enumerate(provider.auth):
        tables = {key: getattr(rules, key, None) for key in ("grant", "claims", "header")}
        for key, table in tables.items():
            if isinstance(table, dict):
                yield from ((("auth", index, key, name), text) for name, text in table.items())


def _parts_at(provider: Provider, place: DocumentPath) -> frozenset[str]:
    """Return the names of parts that a template at this place may use besides settings."""
    index = place[1] if place[0] == "auth" else None
    return frozenset(parts_of(provider.auth[index])) if isinstance(index, int) else frozenset()


def _https(subject: ProviderSubject) -> Iterator[Found]:
    for place, url in _urls(subject.provider):
        if not url.startswith("https://") or "#" in url or ("?" in url and place[-1] == "base_url"):
            what = "an https address without query" if place[-1] == "base_url" else "an https address"
            yield Found(place=place, message=f"expected {what}, got `{url}`")


def _undeclared(subject: ProviderSubject) -> Iterator[Found]:
    known = subject.provider.settings
    for place, url in templates(subject.provider):
        parts = _parts_at(subject.provider, place)
        for name in dict.fromkeys(_NAME.findall(url)):
            if name not in known and name not in parts:
                names = {*known, *parts}
                where = "`settings` or `parts`" if parts else "`settings`"
                shown = known_names(names) or "none"
                message = f"`{{{name}}}` is not declared under {where}.{did_you_mean(name, names)} Declared: {shown}"
                yield Found(place=place, message=message)


def _unused(subject: ProviderSubject) -> Iterator[Found]:
    used = {name for _, text in templates(subject.provider) for name in _NAME.findall(text)}
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


def page_keys(rules: Pagination, place: DocumentPath) -> Iterator[Found]:
    """Report keys that the pagination type needs and lacks, or does not know."""
    needed, allowed = KEYS[rules.type or "none"]
    names = ("send", "next", "more", "total", "field", "page_info", "first")
    given = {name for name in names if getattr(rules, name) is not None}
    for name in sorted(needed - given):
        yield Found(place=place, message=f"pagination type {rules.type} needs `{name}`")
    for name in sorted(given - needed - allowed):
        message = (
            f"`{name}` is not a key of pagination type {rules.type or 'none'}. Known: {known_names(needed | allowed) or 'none'}"
        )
        yield Found(place=(*place, name), message=message, key=True)


def page_places(rules: Pagination, place: DocumentPath) -> Iterator[Found]:
    """Report places that are not of the form `query.NAME`, `body.a.b` or `header.NAME`."""
    for name in ("send", "size"):
        where = getattr(rules, name)
        if where is not None and not (where.startswith(PLACES) and where.partition(".")[2]):
            message = f"`{name}`: expected `query.NAME`, `body.a.b` or `header.NAME`, got `{where}`"
            yield Found(place=(*place, name), message=message)


def _pagination(subject: ProviderSubject) -> Iterator[Found]:
    yield from page_keys(subject.provider.pagination, ("pagination",))


def _places(subject: ProviderSubject) -> Iterator[Found]:
    yield from page_places(subject.provider.pagination, ("pagination",))


def error_codes() -> frozenset[str]:
    """Return every code of the error tree."""
    found, left = set(), [UnifiedError]
    while left:
        kind = left.pop()
        found.add(kind.code)
        left += kind.__subclasses__()
    return frozenset(found)


def _codes(subject: ProviderSubject) -> Iterator[Found]:
    known = error_codes()
    for theirs, ours in subject.provider.errors.codes.items():
        if ours not in known:
            message = f"`{ours}` is not a code of this service.{suggestion(ours, known)}"
            yield Found(place=("errors", "codes", theirs), message=message)


def _check_request(subject: ProviderSubject) -> Iterator[Found]:
    verb, _, path = subject.provider.check.request.partition(" ")
    if verb not in VERBS or not path.startswith("/"):
        expected = f"expected one of {', '.join(VERBS)} and a path beginning with /"
        yield Found(place=("check", "request"), message=f"{expected}, got `{subject.provider.check.request}`")
    elif _NAME.search(path):
        yield Found(
            place=("check", "request"),
            message=f"the check has no record to take names from: expected a path without names, got `{path}`",
        )


def _expressions(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    """Yield place and text of every expression in the file."""
    parts = {"pagination": _PAGE_EXPRESSIONS, "errors": ("message", "code", "fields", "in_success"), "check": ("query", "body")}
    for part, names in parts.items():
        texts = ((name, getattr(getattr(provider, part), name)) for name in names)
        yield from (((part, name), text) for name, text in texts if text)
    for index, rules in enumerate(provider.auth):
        yield from ((("auth", index, "answer", name), text) for name, text in getattr(rules, "answer", {}).items())
    for name, setting in provider.settings.items():
        if setting.learned is not None:
            yield ("settings", name, "learned", "value"), setting.learned.value


def _jsonata(subject: ProviderSubject) -> Iterator[Found]:
    for place, text in _expressions(subject.provider):
        try:
            expression = compile(text, functions=callables())
        except JsonataError as problem:
            yield Found(place=place, message=f"not valid JSONata: {problem.message}", offset=problem.position)
            continue
        for use in unknown_functions(expression.analysis, FUNCTIONS):
            hint = did_you_mean(use.name, FUNCTIONS)
            message = f"unknown function ${use.name}.{hint} docs/functions.md lists the known ones"
            yield Found(place=place, message=message, offset=use.start)


def _learned(subject: ProviderSubject) -> Iterator[Found]:
    """Report settings that are learned too late, or that contradict themselves."""
    used = {name for place, url in _urls(subject.provider) for name in _NAME.findall(url) if place[-1] == "base_url"}
    before = {name for place, url in _urls(subject.provider) for name in _NAME.findall(url) if place[-1] != "base_url"}
    for name, setting in subject.provider.settings.items():
        place: DocumentPath = ("settings", name)
        if setting.default is not None and setting.choices and setting.default not in setting.choices:
            message = f"the default `{setting.default}` is not one of the choices: {', '.join(setting.choices)}"
            yield Found(place=(*place, "default"), message=message)
        if setting.choices and setting.pattern is not None:
            yield Found(
                place=(*place, "pattern"), message="`choices` are the only values, so `pattern` has no effect: remove it"
            )
        if setting.learned is not None and (name in before or (name in used and setting.learned.source != "token")):
            message = f"`{{{name}}}` is part of an address that is needed before the provider can say it: ask for it instead"
            yield Found(place=(*place, "learned"), message=message)


def _no_mapping(subject: ProviderSubject) -> Iterator[Found]:
    if not subject.mapping_texts:
        name = subject.provider.name
        yield Found(place=("name",), message=f"this provider has no mapping: run `unified new mapping {name} MODEL`")


def _tier(subject: ProviderSubject) -> Iterator[Found]:
    tier = subject.provider.tier
    for missing in subject.missing_for_tier:
        yield Found(place=("tier",), message=f"tier {tier} is not reached: {missing}")


def _title(subject: ProviderSubject) -> Iterator[Found]:
    for wrong in problems_in(subject.provider.title):
        yield Found(place=("title",), message=f"title: {wrong}")


PROVIDER_RULES: tuple[Rule, ...] = (
    lint_rule("P002", "documentation address", "`docs` is where readers can check the facts in the file.", _docs),
    lint_rule(
        "P003",
        "address without https",
        "Credentials are sent to `base_url`, `authorize_url` and `token_url`, so they must be encrypted.",
        _https,
    ),
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
    lint_rule("P007", "pagination keys", "Each pagination type has its own keys; others would be ignored.", _pagination),
    lint_rule(
        "P008",
        "pagination place",
        "`send` and `size` name a place in the request: `query.NAME`, `body.a.b` or `header.NAME`.",
        _places,
    ),
    lint_rule("P009", "error code", "`errors.codes` maps the provider's codes to codes of this service.", _codes),
    lint_rule(
        "P010",
        "check request",
        "The check only proves that credentials work; there is no record to take names from.",
        _check_request,
    ),
    lint_rule(
        "P011",
        "expression",
        "Every expression must be valid JSONata and call only functions that mappings can call.",
        _jsonata,
    ),
    lint_rule("P012", "no mapping", "A provider without a mapping offers nothing.", _no_mapping, severity="warning"),
    lint_rule(
        "P013",
        "tier not reached",
        "bronze: no lint errors, golden cases that pass, and list or get of at least one model. silver: bronze, and a "
        "cassette for every operation. gold: silver, and a model that can be written.",
        _tier,
    ),
    lint_rule(
        "P014",
        "title for agents",
        "The title is part of the description of every tool of the provider, so agents read it.",
        _title,
    ),
    lint_rule(
        "P015",
        "setting that cannot be",
        "A default is one of the choices, and a learned setting is known before an address needs it: only what comes with the "
        "token can be part of `base_url`.",
        _learned,
    ),
)
"""Rules on a provider file that can be decoded, in order of their codes."""
