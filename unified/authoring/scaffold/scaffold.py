"""Skeletons for new files: every key and every common field explained where it is written; they load and lint as they are."""

import re
import textwrap
from pathlib import Path

from unified.authoring.lint.rules.style_rules import MAX_LINE
from unified.authoring.workspace import golden_path, open_provider
from unified.errors.configuration import CatalogError
from unified.models import UPSERT, Field, Model, model
from unified.transform.queries.filter_names import field_of

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

PROVIDER = """\
# yaml-language-server: $schema=../schemas/provider.json
# How to talk to {title}; every key is explained in docs/provider-files.md.
name: {name}
title: {title}
# The provider's API documentation, where the facts of this file can be checked.
docs: https://{host}.example.com/docs
# Without a slash at the end. A {{name}} in it is a setting, see below.
base_url: https://{host}.example.com/api/v1
# What people enter when they connect an account, besides credentials. Each value is one DNS label unless it has a pattern.
# settings:
#   subdomain: {{title: Subdomain, description: "The part before .example.com", example: acme}}
# Sent with every call.
headers: {{Accept: application/json}}
# Values that the operator of this service has from the provider, such as a partner's id, for headers and token requests.
# installation: {{partner: {{title: Partner id}}}}
# How an account may authenticate, best first: oauth2, client_credentials, bearer, basic, api_key, parts.
auth:
  - {{type: bearer}}
  # - {{type: api_key, header: X-Api-Key}}
  # - {{type: basic, username: "{{username}}", password: "{{password}}"}}
  # - type: oauth2
  #   authorize_url: https://{host}.example.com/oauth/authorize
  #   token_url: https://{host}.example.com/oauth/token
  #   scopes: {{"crm:read": [read], "crm:write": [read, write]}}   # what needs which of the provider's scopes
  #   rotates: false                                            # true when a refresh token works once
# A cheap call that only works with valid credentials.
check: {{request: GET /me}}
# Forms of bodies and responses unless a call sets it: json, form, multipart or xml.
send: json
receive: json
# How a page leads to the next: none, cursor, page, offset, link_header, next_url, keyset or graphql.
pagination: {{type: none}}
# pagination: {{type: cursor, send: query.after, next: paging.next, size: query.limit, max_size: 100}}
# How the provider reports that its rate limit is exceeded.
rate_limit: {{statuses: [429], retry_after: Retry-After}}
# After which statuses a call that only reads is repeated.
retry: {{statuses: [502, 503, 504]}}
# Where an error response has its message (JSONata on its body), and what its codes mean here.
errors: {{message: message, code: code, codes: {{}}}}
# What a write sends to clear a field: null, or "".
nulls: null
# How $reads names fields: below which key, and how many steps deep.
# reads: {{under: properties, depth: 1}}
# How conditions are written, for filter tables: soql, jql, zendesk, hubspot, sysparm, odata, graphql, mongo, query.
# dialect: query
# What users of this provider should know, for its page in the docs; and models that it has no records for, with the reason.
# notes: ["Deleted records are listed for 30 days."]
# not_offered: {{crm.leads: "The provider has no leads."}}
# What the connect page shows of this file, in German, French and Spanish; texts that are not here stay as they are.
# translations: {{de: {{Subdomain: Subdomain}}, fr: {{Subdomain: Sous-domaine}}, es: {{Subdomain: Subdominio}}}}
# bronze: lint, golden cases, list or get. silver: a cassette for every operation. gold: docs/quality-scale. Lint checks it.
tier: bronze
"""

MAPPING_HEAD = """\
# yaml-language-server: $schema=../../schemas/mapping.json
# {title} <-> {model}; every key is explained in docs/mapping-files.md.
"""

RECORD_HEAD = """\
# One object of the provider in, one record out. Uncomment a line and say where the value is;
# `unified try {provider} {model} sample.json` shows what a sample becomes.
record: |
  {{
"""


def new_provider(folder: Path, name: str) -> Path:
    """Write the skeleton of a provider file; CatalogError when it exists or the name cannot be one."""
    if not NAME.fullmatch(name):
        raise CatalogError(f"'{name}' cannot be a provider's name: expected lowercase letters, digits and _, such as `hubspot`")
    text = PROVIDER.format(name=name, title=name.replace("_", " ").title(), host=name.replace("_", "-"))
    path = folder / "providers" / f"{name}.yaml"
    _write(path, text)
    return path


def new_mapping(folder: Path, provider: str, model_id: str) -> tuple[Path, Path]:
    """Write the skeletons of a mapping and of its golden cases; CatalogError names what exists."""
    title = open_provider(folder, provider).title
    known = model(model_id)
    path = folder / "mappings" / provider / f"{model_id}.yaml"
    tests = golden_path(path)
    for one in (path, tests):
        _refuse_existing(one)
    _write(path, _mapping(title, provider, known))
    _write(tests, _cases(known))
    return path, tests


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise CatalogError(f"{path} exists already; it was left as it is")


def _write(path: Path, text: str) -> None:
    _refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _mapping(title: str, provider: str, known: Model) -> str:
    head = MAPPING_HEAD.format(title=title, model=known.id)
    record = RECORD_HEAD.format(model=known.id, provider=provider)
    shown = [field for field in known.fields if field.name not in {"remote_id", "mapped_fields", "remote_data"}]
    enums = {field.name for field in shown if field.required and field.enum}
    needed = [field for field in shown if (field.required and field.kind != "map") or field.remote_of in enums]
    others = [field for field in shown if field not in needed]
    lines = [f'    "{field.name}": {field.name}{"" if field is needed[-1] else ","}' for field in needed]
    comments = [_wrapped("    ", f'/* ,"{field.name}": …   {_about(field)} */', "       ") for field in others]
    return head + _path_forms(known) + record + "\n".join([*lines, *comments, "  }"]) + "\n" + _calls(known)


def _wrapped(indent: str, text: str, more: str) -> str:
    """Return a comment on as many lines as it needs."""
    return textwrap.fill(text, MAX_LINE, initial_indent=indent, subsequent_indent=indent + more, break_on_hyphens=False)


def _path_forms(known: Model) -> str:
    if not known.path_parameters:
        return ""
    forms = ", ".join(f'{name}: "[A-Za-z][A-Za-z0-9_]*"' for name in known.path_parameters)
    return f"# Take custom objects only; put the plurals of the provider's own objects in `reserved`.\npath: {{{forms}}}\n"


def _about(field: Field) -> str:
    kind = f"one of {', '.join(field.enum)}" if field.enum else field.kind
    listed = f"list of {kind}" if field.is_list else kind
    reference = f", a {field.reference} id" if field.reference else ""
    return f"{field.description} ({listed}{reference})".replace("*/", "* /")


def _calls(known: Model) -> str:
    path = "/" + "".join(f"{{{name}}}/" for name in known.path_parameters) + known.plural
    lines: list[str] = []
    if set(known.operations) & {"create", "update"}:
        writable = [field.name for field in known.fields if field.access != "ro"]
        lines += [
            "# The common body in, the provider's body out: a missing key is left alone, null clears.",
            _wrapped("# ", f"Writable in the model: {', '.join(writable)}", "  "),
            "# write: |",
            f'#   {{"{writable[0] if writable else "name"}": {writable[0] if writable else "name"}}}',
        ]
    lines += [
        "# The first call with a true `when` is made; the last one has none. A condition that `when`, `query` or `body`",
        "# reads (updated_after, filter.email) is the provider's work; the others are done here on the mapped records.",
        "list:",
        "  # - when: updated_after",
        f"  #   request: GET {path}",
        '  #   query: "{\\"updated_since\\": updated_after}"',
        f"  - request: GET {path}",
        "    # items: results            # where the objects are in the response; without it, the response is the list",
    ]
    for name, verb in (("get", "GET"), ("create", "POST"), ("update", "PATCH"), ("delete", "DELETE")):
        if name in known.operations:
            ending = "" if name == "create" else "/{id}"
            lines.append(f'{"" if name == "get" else "# "}{name}: {{request: "{verb} {path}{ending}"}}')
    if UPSERT in known.operations:
        lines += [
            "# Only where the provider itself creates or updates in one request, by a key such as an e-mail address:",
            f'# upsert: {{{_key(known)}: {{request: "PUT {path}", is_new: $status = 201}}}}',
        ]
    return "\n".join(lines) + "\n"


def _key(known: Model) -> str:
    """Return an external key that records of the model could have."""
    texts = [one.name for one in known.fields if one.access == "rw" and one.kind == "string" and not one.is_list]
    return next((one for one in ("email", "work_email") if field_of(one, known)), texts[0] if texts else "id")


def _cases(known: Model) -> str:
    enums = {field.name for field in known.fields if field.required and field.enum}
    shown = (one for one in known.fields if (one.required and one.kind != "map") or one.remote_of in enums)
    samples = {field.name: _sample(field) for field in shown}
    del samples["remote_id"]
    record = ", ".join(f"{name}: {value}" for name, value in samples.items())
    values = {name: f"x{index}" for index, name in enumerate(known.path_parameters)}
    path = "/" + "".join(f"{value}/" for value in values.values()) + known.plural
    asked = ", ".join(f"{name}: {value}" for name, value in values.items())
    lines = [
        "# yaml-language-server: $schema=../../schemas/cases.json",
        "# What goes in and what must come out; `unified test` runs these. Only the keys named are compared.",
        f"- name: a {known.singular.replace('_', ' ')}",
        f"  record: {{{record}}}",
        f"  gives: {{{record}}}",
        "- name: the list",
        f"  list: {{{asked}}}",
        f"  sends: {{method: GET, path: {path}}}",
    ]
    if "get" in known.operations:
        query = [f"  query: {{{asked}}}"] if asked else []
        lines += ["- name: one by its id", '  get: "1"', *query, f'  sends: {{method: GET, path: "{path}/1"}}']
    return "\n".join(lines) + "\n"


def _sample(field: Field) -> str:
    if field.enum:
        return field.enum[0]
    return {
        "boolean": "false",
        "integer": "1",
        "number": "1",
        "datetime": '"2026-01-01T00:00:00Z"',
        "date": '"2026-01-01"',
    }.get(field.kind, '"1"')
