"""Whether a caller wants JSON or a page, where an address has both: by its `Accept` (RFC 9110, 12.5.1)."""

from typing import Any

from litestar import Request

from unified.api.headers import header_lines
from unified.parsing_weights import weight_of

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_JSON = "application/json"


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether JSON is named, and no page before it: by quality, then by order. `*/*` names neither."""
    named = [one for line in header_lines(request, "accept") for one in line.split(",")]
    found = [(weight_of(one), _is_json(_kind(one))) for one in named if _is_json(_kind(one)) or _kind(one) in _PAGES]
    best = max(found, key=lambda one: one[0], default=(0.0, False))
    return best[1] and best[0] > 0


def _kind(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def _is_json(kind: str) -> bool:
    return kind == _JSON or (kind.startswith("application/") and kind.endswith("+json"))
