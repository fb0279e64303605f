"""The skeleton of a stand-in's file, which runs as it is."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from unified.authoring.workspace import open_provider
from unified.catalog.authentication import ApiKey, Basic, Bearer, OAuth2, Parts
from unified.catalog.paths import STANDIN_SUFFIX
from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError

TEXT = """\
# yaml-language-server: $schema=../schemas/sandbox.json
# What {title} does: written from its documentation, never from the mapping. Every key is explained in docs/sandbox.md.
docs: {docs}
# Accepted credentials in the form of an account's; the demo connects with the first.
credentials:
{credentials}
accepts: [{accepts}]
{more}# How times are written: iso, iso_s, offset, plain, epoch, epoch_ms, date.
moments: iso_s
# The body of every error.
errors: |
  {{"error": {{"code": $code, "message": $message}}}}
paging:
  pages: {{kind: page, at: page, size: limit, default: 20, max: 100}}
# How the answer of a list wraps its records.
list: |
  {{"data": [$items], "next_page": $next}}
# One collection for each kind of record, as the provider stores it.
collections:
  people:
    rows: 45
    created: created_at
    updated: updated_at
    fields:
      name: {{kind: text, required: true}}
      email: email
    seed: |
      {{
        "name": $person($n).full_name,
        "email": $n % 7 = 3 ? null : $person($n).email,
        "created_at": $moment(900),
        "updated_at": $moment(90)
      }}
routes:
  {check}: {{answer: '{{"ok": true}}'}}
  GET {base}/people: {{list: people, filters: {{updated_since: {{field: updated_at, operator: gte}}}}}}
  GET {base}/people/{{id}}: {{get: people}}
  POST {base}/people: {{create: people}}
  PATCH {base}/people/{{id}}: {{update: people}}
  DELETE {base}/people/{{id}}: {{delete: people}}
"""


def new_standin(folder: Path, name: str) -> Path:
    """Write the skeleton of a provider's stand-in.

    Raises:
        CatalogError: The provider is unknown, or has a stand-in.
    """
    provider = open_provider(folder, name)
    path = folder / "providers" / f"{name}{STANDIN_SUFFIX}"
    if path.exists():
        raise CatalogError(f"{path} exists already; it was left as it is")
    base = _filled(provider, urlsplit(provider.base_url).path)
    method, _, target = _filled(provider, provider.check.request).partition(" ")
    accepted = _accepted(provider)
    path.write_text(
        TEXT.format(
            title=provider.title,
            docs=provider.docs,
            credentials="\n".join(f"  - {credentials}" for credentials, _ in accepted),
            accepts=", ".join(dict.fromkeys(accepts for _, accepts in accepted)),
            more=_oauth(provider) + _settings(provider),
            base=base,
            check=f"{method} {target if '://' in target else base + target}",
        ),
        encoding="utf-8",
    )
    return path


def _accepted(provider: Provider) -> list[tuple[str, str]]:
    """Return credentials and where they are accepted, for each way in which an account may authenticate."""
    found = []
    for way in provider.auth:
        if isinstance(way, Bearer):
            found.append((f"{{type: bearer, token: demo-{provider.name}-token}}", "{type: bearer}"))
        elif isinstance(way, OAuth2):
            tokens = f"access_token: demo-{provider.name}-access, refresh_token: demo-{provider.name}-refresh"
            found.append((f"{{type: oauth2, {tokens}}}", "{type: bearer}"))
        elif isinstance(way, Basic):
            found.append((f"{{type: basic, username: demo, password: demo-{provider.name}}}", "{type: basic}"))
        elif isinstance(way, ApiKey):
            place = f"header: {way.header}" if way.header else f"query: {way.query}"
            accepts = "{type: basic, any_password: true}" if way.basic else f"{{type: api_key, {place}}}"
            found.append((f"{{type: api_key, key: demo-{provider.name}-key}}", accepts))
        elif isinstance(way, Parts):
            demo = ", ".join(f"{name}: demo-{provider.name}-{name}" for name in way.parts)
            sent = {"headers": way.headers, "query": way.query, "basic": msgspec.to_builtins(way.basic) if way.basic else None}
            places = ", ".join(f"{key}: {json.dumps(value)}" for key, value in sent.items() if value)
            found.append((f"{{type: parts, {demo}}}", f"{{type: parts, {places}}}"))
    return found or [(f"{{type: bearer, token: demo-{provider.name}-token}}", "{type: bearer}")]


def _oauth(provider: Provider) -> str:
    way = next((one for one in provider.auth if isinstance(one, OAuth2)), None)
    if way is None:
        return ""
    named = {"authorize_path": way.authorize_url, "token_path": way.token_url}
    paths = ", ".join(f"{name}: {_filled(provider, urlsplit(url).path)}" for name, url in named.items())
    return f"oauth: {{{paths}{', rotate: true' if way.rotates else ''}}}\n"


def _filled(provider: Provider, path: str) -> str:
    """Return a path with the examples of the settings in it, as the demo's account has them."""
    for name, one in provider.settings.items():
        path = re.sub(rf"\{{(settings\.)?{re.escape(name)}\}}", one.example or "demo", path)
    return path


def _settings(provider: Provider) -> str:
    examples = ", ".join(f"{name}: {json.dumps(one.example or 'demo')}" for name, one in provider.settings.items())
    return f"settings: {{{examples}}}\n" if examples else ""
