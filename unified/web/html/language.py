"""The language of a page for an end user: that of the link, or else the one that the browser prefers."""

from typing import Any

from litestar import Request

from unified.service.languages import Language, known_language, preferred


def language_of(request: Request[Any, Any, Any], named: str | None) -> Language:
    """Return the language of a page; `named` is that of the link, if it names one."""
    return known_language(named) or preferred(request.headers.get("accept-language", ""))
