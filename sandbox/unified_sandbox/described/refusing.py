"""Refusals: the problem of a request, as a case with its status, in the provider's words."""

from collections.abc import Mapping
from typing import NoReturn

from unified.errors.configuration import CatalogError
from unified.errors.names import known_names
from unified_jsonata import Refusal

STATUSES = {
    "invalid_json": 400,
    "media_type": 415,
    "missing_header": 400,
    "unknown_argument": 400,
    "missing_argument": 400,
    "invalid_argument": 400,
    "invalid_query": 400,
    "unknown_field": 400,
    "missing_field": 400,
    "read_only_field": 400,
    "invalid_field": 400,
    "conflict": 409,
    "not_found": 404,
}
"""Cases that a stand-in distinguishes, with the usual status; a file's `statuses` change it."""


class Declined(Refusal):
    """Leaves an operation with a refusal; `field` is the argument or field that it is about."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


def refuse(code: str, message: str, field: str = "") -> NoReturn:
    """Decline a request, from an expression too: `$refuse("conflict", "…", "name")`.

    Raises:
        Declined: always.
    """
    raise Declined(code, message, field)


def status_of(code: str, statuses: Mapping[str, int]) -> int:
    """Return the status of a case.

    Raises:
        CatalogError: The case is unknown.
    """
    found = statuses.get(code) or STATUSES.get(code)
    if found is None:
        raise CatalogError(f"unknown case '{code}'; known: {known_names({*STATUSES, *statuses})}")
    return found
