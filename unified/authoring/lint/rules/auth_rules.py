"""The rules for credentials of several parts in provider files; each row of `AUTH_RULES` names its function."""

import re
from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.rules.provider_rules import ProviderSubject
from unified.authoring.lint.rules.setting_rules import templates
from unified.catalog.authentication import Auth, CredentialPart, JwtBearer, Parts
from unified.catalog.files.source import DocumentPath
from unified.catalog.provider import Provider
from unified.errors.names import did_you_mean, known_names, suggestion
from unified.transport.auth import KEYS, name_of, parts_of
from unified.transport.connection import INSTALLATION, names_in_template
from unified.transport.http1.messages import OURS

RESERVED = frozenset({"type", *KEYS["oauth2"][0], *KEYS["oauth2"][1]})
"""Names in credentials that the service itself sets."""


SIGNED = frozenset({"iat", "exp", "jti"})
"""Claims that are made for each assertion."""
EXCHANGED = {"send": "assertion", "scopes": {}, "token_body": "form", "grant": {}, "answer": {}, "scope_separator": " "}
"""Keys about the call of a token endpoint, and their defaults."""


def _templates(rules: Auth) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every text with `{names}` of parts, with its place below the entry of `auth`."""
    if isinstance(rules, JwtBearer):
        for key in ("claims", "header", "grant"):
            yield from (((key, name), value) for name, value in getattr(rules, key).items())
        yield ("token_url",), rules.token_url or ""
    if isinstance(rules, Parts):
        yield from ((("headers", name), value) for name, value in rules.headers.items())
        yield from ((("query", name), value) for name, value in rules.query.items())
        if rules.basic is not None:
            yield from ((("basic", name), getattr(rules.basic, name)) for name in ("username", "password"))


def _used(rules: Auth) -> frozenset[str]:
    keys = {rules.key} if isinstance(rules, JwtBearer) else set()
    names = getattr(rules, "client_certificate", None)
    keys |= set() if names is None else {names.certificate, names.key}
    return frozenset(keys).union(*(names_in_template(text) for _, text in _templates(rules)))


def _parts(subject: ProviderSubject) -> Iterator[Found]:
    for index, rules in enumerate(subject.provider.auth):
        parts, place = parts_of(rules), ("auth", index)
        for name, part in parts.items():
            yield from _named(subject.provider, rules, name, (*place, "parts", name))
            yield from _part(part, (*place, "parts", name))
            if name not in _used(rules):
                message = f"part `{name}` is requested, but nothing sends it: {_where_to_send(rules, name)}"
                yield Found(place=(*place, "parts", name), message=message, key=True)
        for where, text in _templates(rules) if parts else ():
            yield from _template(rules, text, (*place, *where))


def _where_to_send(rules: Auth, name: str) -> str:
    grant = getattr(rules, "grant", {})
    if not isinstance(rules, JwtBearer) and any(name in names_in_template(text) for text in grant.values()):
        return f"`grant` of {name_of(rules)} names settings, and `{{{name}}}` is a part: declare it under `settings`"
    return "use it in a template or remove it"


def _named(provider: Provider, rules: Auth, name: str, place: DocumentPath) -> Iterator[Found]:
    taken = RESERVED | KEYS[name_of(rules)][0]
    if name in taken:
        message = f"`{name}` is a key of these credentials already: choose another name than {known_names(taken)}"
        yield Found(place=place, message=message, key=True)
    elif isinstance(rules, JwtBearer) and name in provider.settings:
        yield Found(place=place, message=f"`{name}` is a setting too, and templates name both: choose another name", key=True)


def _part(part: CredentialPart, place: DocumentPath) -> Iterator[Found]:
    if part.pattern is None:
        return
    try:
        fits = re.compile(part.pattern).fullmatch(part.example) or not part.example
    except re.error as problem:
        yield Found(place=(*place, "pattern"), message=f"not a regular expression: {problem.msg}")
        return
    if not fits:
        yield Found(place=(*place, "example"), message=f"the example `{part.example}` does not match the pattern")
    if part.form == "pem":
        yield Found(place=(*place, "pattern"), message="`form: pem` is checked already, so `pattern` has no effect: remove it")


def _template(rules: Auth, text: str, place: DocumentPath) -> Iterator[Found]:
    """Report what a template names; in those that may name settings too, P004 reports what is not declared."""
    parts = parts_of(rules)
    for name in sorted(names_in_template(text)):
        part = parts.get(name)
        if part is None and isinstance(rules, Parts):
            message = f"`{{{name}}}` is not declared under `parts`.{suggestion(name, parts, 'Declared')}"
            yield Found(place=place, message=message)
        elif part is not None and part.form == "pem":
            yield Found(place=place, message=f"`{{{name}}}` has several lines (`form: pem`), which cannot be sent here")


def _headers(subject: ProviderSubject) -> Iterator[Found]:
    for index, rules in enumerate(subject.provider.auth):
        if not isinstance(rules, Parts):
            continue
        for name in rules.headers:
            place: DocumentPath = ("auth", index, "headers", name)
            if name.lower() in OURS:
                yield Found(place=place, message=f"header `{name}` belongs to the connection and cannot be set", key=True)
            elif rules.basic is not None and name.lower() == "authorization":
                yield Found(place=place, message="`basic` sets this header already: use one of the two", key=True)


def _assertions(subject: ProviderSubject) -> Iterator[Found]:
    for index, rules in enumerate(subject.provider.auth):
        if isinstance(rules, JwtBearer):
            yield from _assertion(rules, ("auth", index))


def _assertion(rules: JwtBearer, place: DocumentPath) -> Iterator[Found]:
    part, form = rules.parts.get(rules.key), "line" if rules.algorithm == "HS256" else "pem"
    if part is None:
        message = f"`{rules.key}` is not declared under `parts`.{suggestion(rules.key, rules.parts, 'Declared')}"
        yield Found(place=(*place, "key"), message=message)
    elif part.form != form or not part.secret:
        message = f"a key of {rules.algorithm} is secret and has `form: {form}`"
        yield Found(place=(*place, "parts", rules.key), message=message, key=True)
    for name in sorted(SIGNED & rules.claims.keys()):
        yield Found(place=(*place, "claims", name), message=f"`{name}` is made for each assertion: remove it", key=True)
    if rules.token_url is None:
        for name, default in EXCHANGED.items():
            if getattr(rules, name) != default:
                message = f"`{name}` has no effect without `token_url`: the assertion itself is sent with each call"
                yield Found(place=(*place, name), message=message, key=True)


def _certificates(subject: ProviderSubject) -> Iterator[Found]:
    for index, rules in enumerate(subject.provider.auth):
        names, parts = getattr(rules, "client_certificate", None), parts_of(rules)
        for key in ("certificate", "key") if names is not None else ():
            name, place = getattr(names, key), ("auth", index, "client_certificate", key)
            part = parts.get(name)
            if part is None:
                hint, shown = did_you_mean(name, parts), known_names(parts) or "none"
                yield Found(place=place, message=f"`{name}` is not declared under `parts`.{hint} Declared: {shown}")
            elif part.form != "pem" or (key == "key" and not part.secret):
                message = f"part `{name}` needs `form: pem`" + (", and is secret" if key == "key" else "")
                yield Found(place=place, message=message)


def _types(subject: ProviderSubject) -> Iterator[Found]:
    """Report entries that are never used, because credentials name only their type."""
    seen = set[str]()
    for index, rules in enumerate(subject.provider.auth):
        kind = name_of(rules)
        if kind in seen:
            message = f"type {kind} is here a second time, and credentials name only the type: this entry is never used"
            yield Found(place=("auth", index, "type"), message=message)
        seen.add(kind)


def _installation(subject: ProviderSubject) -> Iterator[Found]:
    """Report values of the installation that are not declared, not used, or used where they are not filled in."""
    known, used = subject.provider.installation, set[str]()
    for place, text in templates(subject.provider):
        for name in sorted(names_in_template(text)):
            own = name.removeprefix(INSTALLATION)
            if own == name:
                continue
            used.add(own)
            if own not in known:
                shown = known_names(known) or "none"
                message = f"`{{{name}}}` is not declared under `installation`.{did_you_mean(own, known)} Declared: {shown}"
                yield Found(place=place, message=message)
            elif place[0] != "headers" and "grant" not in place:
                yield Found(place=place, message=f"`{{{name}}}` can be used in `headers` and in `grant` only")
    for name in known.keys() - used:
        message = f"value `{name}` of the installation is in no header and no `grant`: use or remove it"
        yield Found(place=("installation", name), message=message, key=True)


AUTH_RULES: tuple[Rule, ...] = (
    Rule(
        code="P020",
        title="parts of credentials",
        explanation="Every part is asked for, stored and sent somewhere; templates name declared parts, and keys in PEM form "
        "have several lines, which fit no header.",
        check=_parts,
    ),
    Rule(
        code="P017",
        title="header of credentials",
        explanation="A header with credentials is sent once, and is not one that says where a request ends.",
        check=_headers,
    ),
    Rule(
        code="P018",
        title="signed assertion",
        explanation="The key of an assertion is a secret part in the form that its algorithm needs; the service sets the "
        "times, and what is about the token endpoint needs one.",
        check=_assertions,
    ),
    Rule(
        code="P019",
        title="client certificate",
        explanation="A client certificate and its private key are two parts in PEM form, and the key is secret.",
        check=_certificates,
    ),
    Rule(
        code="P022",
        title="type of credentials given twice",
        explanation="Credentials name their type, so a provider file has one entry of each type.",
        check=_types,
    ),
    Rule(
        code="P021",
        title="value of the installation",
        explanation="`installation` names what the operator has from the provider; headers and token requests can send it.",
        check=_installation,
    ),
)
"""Rules on the part `auth` of a provider file that can be decoded, in order of their codes."""
