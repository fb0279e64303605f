"""The fields that a log line may have. A field that is not listed is dropped; a value of another form is masked.

A new field is one row here and one in docs/operations.md. None may hold the id of a record, a path, a query, a header, a
body or a text from outside this code.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from unified.errors.configuration import CatalogError, ConfigurationError

MASK = "…"
MAX_TEXT = 300


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: what it means, and how its value is shown."""

    meaning: str
    show: Callable[[Any], Any]
    """Returns the value, or `MASK` when it does not have the field's form."""


def _text(form: str) -> Callable[[Any], Any]:
    fits = re.compile(form, re.ASCII).fullmatch
    return lambda value: str(value) if isinstance(value, str) and fits(value) else MASK  # also of a kind of text


def _texts(form: str) -> Callable[[Any], Any]:
    one = _text(form)
    return lambda value: [one(part) for part in value] if isinstance(value, list) else MASK


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else MASK


def _own_problem(value: Any) -> Any:
    """Show the text of an error about a setting or a data file, which never holds a secret."""
    return str(value)[:MAX_TEXT] if isinstance(value, ConfigurationError | CatalogError) else MASK


def _words(value: Any) -> Any:
    """Show a text that is written literally in the code; a test checks that."""
    return value if isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable() else MASK


_CLASS = r"\w{1,80}"
_REQUEST_ID = r"[A-Za-z0-9_.-]{1,64}"
_WORD = r"[a-z][a-z0-9_]{0,63}"

FIELDS: dict[str, Field] = {
    "timestamp": Field(meaning="when, UTC", show=_text(r"[0-9T:.-]{19,32}Z")),
    "level": Field(meaning="info, warning, error or critical", show=_text(_WORD)),
    "logger": Field(meaning="which part of the service, or which library", show=_text(r"[\w.]{1,100}")),
    "event": Field(meaning="what happened: an event name of this service, or a known sentence of a library", show=_text(_WORD)),
    "request_id": Field(
        meaning="id of the request, as in `X-Request-Id`; `job_…` for work that no request asked for", show=_text(_REQUEST_ID)
    ),
    "trace": Field(meaning="trace id, when traces are made", show=_text(r"[0-9a-f]{32}")),
    "method": Field(meaning="HTTP method", show=_text(r"[A-Z]{1,10}")),
    "route": Field(meaning="the route's template, never the path", show=_text(r"unknown|(/[\w.:{}-]*){1,12}")),
    "status": Field(meaning="HTTP status; 0 when the caller was gone", show=_number),
    "ms": Field(meaning="milliseconds", show=_number),
    "asked_by": Field(meaning="id of the request that asked for the approved write", show=_text(_REQUEST_ID)),
    "provider": Field(meaning="name of a provider file", show=_text(_WORD)),
    "model": Field(meaning="the model that was used, such as `crm.contacts`", show=_text(r"[a-z]{1,20}\.[a-z0-9_]{1,60}")),
    "operation": Field(meaning="the method of the model, such as `list`", show=_text(r"[A-Za-z_]{1,40}( /proxy)?")),
    "calls": Field(meaning="calls to the provider, retries included", show=_number),
    "upstream_status": Field(
        meaning="status of the provider's last failed answer, or of its last one if none failed; 0 without an answer",
        show=_number,
    ),
    "upstream_ms": Field(meaning="milliseconds of all these calls together", show=_number),
    "outcome": Field(meaning="how it ended, in a word", show=_text(_WORD)),
    "reason": Field(meaning="why, in fixed words", show=_text(r"[a-z][a-z_ ]{0,63}")),
    "tenant": Field(meaning="id of a tenant", show=_text(r"ten_[0-9A-Za-z]{1,40}")),
    "account": Field(meaning="id of an account", show=_text(r"acc_[0-9A-Za-z]{1,40}")),
    "webhook_id": Field(meaning="id of a webhook", show=_text(r"whk_[0-9A-Za-z]{1,40}")),
    "delivery_id": Field(meaning="id of a delivery", show=_text(r"msg_[0-9A-Za-z]{1,40}")),
    "code": Field(meaning="code of the error that was answered, or that happened", show=_text(_WORD)),
    "count": Field(meaning="how many", show=_number),
    "seconds": Field(meaning="how long", show=_number),
    "pid": Field(meaning="process id", show=_number),
    "exit_code": Field(meaning="how a worker ended; negative: the signal's number", show=_number),
    "table": Field(meaning="name of a table of the database", show=_text(_WORD)),
    "kind": Field(meaning="class of an error", show=_text(_CLASS)),
    "causes": Field(meaning="classes of the errors behind it", show=_texts(_CLASS)),
    "at": Field(meaning="files and lines of this package where it was raised", show=_texts(r"[\w/]{1,120}\.py:\d{1,6}")),
    "version": Field(meaning="version of this service", show=_text(r"[0-9A-Za-z.+]{1,40}")),
    "url": Field(meaning="the address that is listened on", show=_text(r"https?://[\w.:\[\]-]{1,270}")),
    "problem": Field(meaning="what is wrong with a setting or a data file", show=_own_problem),
    "meaning": Field(meaning="a fixed text that explains the event", show=_words),
}


def shown(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the listed fields in the order of the list, each as it may be shown."""
    return {name: show(fields[name]) for name, show in _shown_of(tuple(fields))}


@lru_cache(maxsize=256)
def _shown_of(names: tuple[str, ...]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Return which of these fields are shown, in order, and how."""
    return tuple((name, field.show) for name, field in FIELDS.items() if name in names)
