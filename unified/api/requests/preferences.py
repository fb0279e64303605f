"""Whether a caller wants JSON or a page, where an address has both: by its `Accept` (RFC 9110, 12.5.1)."""

from typing import Any, Literal

from litestar import Request

from unified.api.requests.headers import header_lines
from unified.text.parsing_weights import weight_of

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_JSON = "application/json"


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether `Accept` prefers JSON to a page, by quality, then by order. `*/*` counts for neither."""
    return _preferred(request) == "json"


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a page is named, and no JSON before it, as browsers do; programs that name nothing want no page."""
    return _preferred(request) == "page"


def _preferred(request: Request[Any, Any, Any]) -> Literal["json", "page"] | None:
    named = [one for line in header_lines(request, "accept") for one in line.split(",")]
    found = [(weight_of(one), _is_json(_kind(one))) for one in named if _is_json(_kind(one)) or _kind(one) in _PAGES]
    weight, is_json = max(found, key=lambda one: one[0], default=(0.0, False))
    return None if weight == 0 else "json" if is_json else "page"


def _kind(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def _is_json(kind: str) -> bool:
    return kind == _JSON or (kind.startswith("application/") and kind.endswith("+json"))
