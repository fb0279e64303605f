"""The rules for provider files; each row of `PROVIDER_RULES` names its function."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.catalog.files.source import DocumentPath, Source
from unified.catalog.files.text_policy import problems_in
from unified.catalog.provider import SETTING, Provider
from unified.errors.error import UnifiedError
from unified.errors.names import did_you_mean, suggestion
from unified.transform.checks.check_expressions import FUNCTIONS
from unified.transform.compilation.compile import VERBS
from unified.transform.functions import callables
from unified.transform.mapping import Mapping
from unified_jsonata import JsonataError, compile
from unified_jsonata.analysis import unknown_functions

NAME = re.compile(r"\{(\w+)\}")
"""A `{name}` in an address, a path or a scope."""
_PAGE_EXPRESSIONS = ("next", "more", "total", "field", "page_info")


class ProviderSubject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of provider rules: the file, and the facts about it from the rest of the folder."""

    provider: Provider
    source: Source
    models: tuple[str, ...] = ()
    """The models that have a mapping."""
    operations: tuple[tuple[Mapping, str], ...] = ()
    """Every mapping with each of its methods; none if a mapping could not be loaded."""
    mapping_texts: tuple[str, ...] = ()
    """The mapping files of this provider, as text."""
    missing_for_tier: tuple[str, ...] = ()
    """Requirements of the claimed tier that are not met."""


def _docs(subject: ProviderSubject) -> Iterator[Found]:
    if urlsplit(subject.provider.docs).scheme != "https":
        yield Found(
            place=("docs",),
            message=f"expected the https address of the provider's documentation, got `{subject.provider.docs}`",
        )


def urls(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    """Yield the addresses in a file, each with its place."""
    yield ("base_url",), provider.base_url
    for index, rules in enumerate(provider.auth):
        for name in ("base_url", "authorize_url", "token_url"):
            if url := getattr(rules, name, None):
                yield ("auth", index, name), url


def _https(subject: ProviderSubject) -> Iterator[Found]:
    for place, url in urls(subject.provider):
        if not url.startswith("https://") or "#" in url or ("?" in url and place[-1] == "base_url"):
            what = "an https address without query" if place[-1] == "base_url" else "an https address"
            yield Found(place=place, message=f"expected {what}, got `{url}`")


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
    elif unknown := [one for one in SETTING.findall(path) if not _is_entered(subject.provider, one)]:
        known = [name for name in subject.provider.settings if _is_entered(subject.provider, name)]
        message = (
            f"no setting that every account has when it is connected is named `{unknown[0]}`.{suggestion(unknown[0], known)}"
        )
        yield Found(place=("check", "request"), message=message)
    elif NAME.search(SETTING.sub("", path)):
        yield Found(
            place=("check", "request"),
            message=f"the check has no record to take names from: expected a path without names, got `{path}`",
        )


def _is_entered(provider: Provider, name: str) -> bool:
    """Return whether a setting is entered by whoever connects an account, and never left out."""
    rule = provider.settings.get(name)
    return rule is not None and rule.learned is None and (rule.required or rule.default is not None)


def _expressions(provider: Provider) -> Iterator[tuple[DocumentPath, str]]:
    """Yield place and text of every expression in the file."""
    parts = {
        "pagination": _PAGE_EXPRESSIONS,
        "errors": ("message", "code", "fields", "in_success"),
        "check": ("query", "body", "user"),
    }
    for part, names in parts.items():
        texts = ((name, getattr(getattr(provider, part), name)) for name in names)
        yield from (((part, name), text) for name, text in texts if text)
    for index, rules in enumerate(provider.auth):
        yield from ((("auth", index, "answer", name), text) for name, text in getattr(rules, "answer", {}).items())
        covers = getattr(rules, "covers", None)
        found = {} if covers is None else {name: getattr(covers, name) for name in ("items", "title", "detail")}
        yield from ((("auth", index, "covers", name), text) for name, text in found.items() if text)
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
)
"""Rules on a provider file that can be decoded, in order of their codes."""
