"""The request by which a provider says whether it accepts credentials: `check` of its file."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from unified.catalog.provider import SETTING, Provider
from unified.catalog.wire import ProviderRequest
from unified.transform.calls.operation import query_pairs
from unified.transform.functions import callables
from unified_jsonata import UNDEFINED, compile


def check_request(provider: Provider, settings: Mapping[str, str]) -> ProviderRequest:
    """Return the request that proves that credentials work; `{settings.tenant}` in its path is that setting of the account."""
    verb, _, path = provider.check.request.partition(" ")
    path, _, query = path.partition("?")
    path = SETTING.sub(lambda found: quote(settings[found[1]], safe=""), path)
    pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part))
    extra = _evaluated(provider.check.query)
    body = _evaluated(provider.check.body)
    more = query_pairs(extra) if isinstance(extra, dict) else ()
    return ProviderRequest(
        method=verb,
        path=path,
        query=(*pairs, *more),
        body=msgspec.UNSET if body is None else body,
        encoding=provider.send,
        receives=provider.receive,
    )


def _evaluated(expression: str | None) -> Any:
    value = None if expression is None else compile(expression, functions=callables()).evaluate({}, {})
    return None if value is UNDEFINED else value
