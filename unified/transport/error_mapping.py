"""Mapping of a provider's refusals to our errors: the HTTP status decides, the provider's code refines it."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from unified.catalog.provider import ErrorRules, Provider
from unified.errors.error import FieldProblem, ProviderProblem, UnifiedError
from unified.errors.providers import (
    ConnectionUnauthorized,
    NotSupported,
    ProviderError,
    ProviderForbidden,
    ProviderRateLimited,
    ProviderTimeout,
    ProviderValidation,
)
from unified.errors.requests import NotFound
from unified.errors.waiting import try_again
from unified.errors.writes import Conflict, VersionConflict
from unified.transport.rate_limit_headers import RateNotes
from unified_jsonata import UNDEFINED, Expression, JsonataError, compile

Functions = Mapping[str, Callable[..., Any]]
MAX_MESSAGE_CHARACTERS = 300
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")

BY_STATUS: dict[int, type[UnifiedError]] = {
    400: ProviderValidation,
    401: ConnectionUnauthorized,
    402: ProviderForbidden,
    403: ProviderForbidden,
    404: NotFound,
    405: NotSupported,
    408: ProviderTimeout,
    409: Conflict,
    410: NotFound,
    412: VersionConflict,
    413: ProviderValidation,
    415: ProviderError,
    422: ProviderValidation,
    423: Conflict,
    429: ProviderRateLimited,
    504: ProviderTimeout,
}
BY_CODE: dict[str, type[UnifiedError]] = {
    kind.code: kind
    for kind in (
        ConnectionUnauthorized,
        ProviderForbidden,
        NotFound,
        Conflict,
        VersionConflict,
        ProviderValidation,
        ProviderRateLimited,
        ProviderError,
        ProviderTimeout,
        NotSupported,
    )
}
"""Error codes that a provider file may use in `errors.codes`."""
WORDS: dict[type[UnifiedError], str] = {
    ConnectionUnauthorized: "{0} no longer accepts this account's credentials; connect the account again",
    ProviderForbidden: "{0} does not let the connected user do this",
    NotFound: "{0} has no such record",
    Conflict: "{0} refused the change because of the record's present state",
    VersionConflict: "{0} has a newer version of this record: read it, then repeat the change if it is still wanted",
    ProviderValidation: "{0} refused the values; see provider.message",
    ProviderRateLimited: "{0} asks for fewer requests",
    ProviderTimeout: "{0} did not answer in time",
    NotSupported: "{0} does not offer this call",
    ProviderError: "{0} failed to answer; try again later",
}


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's unsuccessful response, decoded if possible."""

    status: int
    headers: dict[str, str]
    body: Any
    notes: RateNotes


class ErrorReader:
    """Reads error responses with the expressions of the data files, each compiled once."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._compiled: dict[str, Expression] = {}

    def find(self, expression: str | None, refusal: Refusal) -> Any:
        """Return what an expression finds in an error response; None when there is nothing or the body has another shape."""
        if expression is None:
            return None
        try:
            value = self._expression(expression).evaluate(refusal.body, {"headers": refusal.headers})
        except JsonataError:
            return None
        return None if value is UNDEFINED else value

    def _expression(self, text: str) -> Expression:
        if text not in self._compiled:
            self._compiled[text] = compile(text, functions=self._functions)
        return self._compiled[text]


def failure(
    provider: Provider, rules: ErrorRules, refusal: Refusal, secrets: tuple[str, ...], reader: ErrorReader
) -> UnifiedError:
    """Return our error for a provider's refusal; its own words only in `provider.message`, bounded, secrets removed."""
    code = _text(reader.find(rules.code, refusal), secrets)
    kind = _kind(provider, rules, refusal.status, code)
    words = WORDS.get(kind, WORDS[ProviderError]).format(provider.title)
    reported = ProviderProblem(
        name=provider.name, status=refusal.status, code=code, message=_text(reader.find(rules.message, refusal), secrets)
    )
    retry_after = _wait(kind, refusal.notes) if kind.retryable else None
    words += f"; {try_again(retry_after)}" if kind is ProviderRateLimited else ""
    return kind(words, provider=reported, retry_after=retry_after, errors=_fields(reader.find(rules.fields, refusal), secrets))


def _wait(kind: type[UnifiedError], notes: RateNotes) -> float | None:
    """Return the seconds to wait. Many providers send the reset time in every response; it counts for throttling only."""
    if notes.retry_after is None and kind is ProviderRateLimited:
        return notes.reset
    return notes.retry_after


def failed_inside(rules: ErrorRules, refusal: Refusal, reader: ErrorReader) -> bool:
    """Return whether a 2xx response reports a failure by the provider's own rule (`in_success`)."""
    reported = reader.find(rules.in_success, refusal)
    return reported not in (None, False, "", [], {})


def _kind(provider: Provider, rules: ErrorRules, status: int, code: str | None) -> type[UnifiedError]:
    refined = BY_CODE.get(rules.codes.get(code or "", ""))
    if refined is not None:
        return refined
    if status in provider.rate_limit.statuses:
        return ProviderRateLimited
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return ProviderValidation  # refused within a success: understood, but not carried out
    return BY_STATUS.get(status, ProviderError)


def _text(value: Any, secrets: tuple[str, ...]) -> str | None:
    if isinstance(value, list):
        value = "; ".join(str(one) for one in value[:5] if isinstance(one, str))
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        return None
    for secret in secrets:
        value = value.replace(secret, "…")
    clean = "".join(one if one.isprintable() else " " for one in value[: MAX_MESSAGE_CHARACTERS * 4])
    return _EMAIL.sub("…@…", clean)[:MAX_MESSAGE_CHARACTERS]


def _fields(value: Any, secrets: tuple[str, ...]) -> tuple[FieldProblem, ...]:
    listed = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return tuple(
        FieldProblem(
            pointer=_text(one.get("pointer"), secrets) or "",
            code="provider_validation",
            message=_text(one.get("message"), secrets) or "refused by the provider",
        )
        for one in listed[:20]
        if isinstance(one, dict)
    )
