"""What lists of management routes share: their limit, their page, and times as text."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Response

from unified.api.context import json_answer
from unified.errors import FieldProblem, ValidationFailed
from unified.store.pages import MAX_LIMIT, Page


def time_text(moment: datetime | None) -> str | None:
    """A time as management answers show it: RFC 3339, whole seconds."""
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def page_limit(parameters: dict[str, str]) -> int:
    """The rows of a page that were asked for; ValidationFailed."""
    text = parameters.get("limit", "50")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_LIMIT:
        problem = FieldProblem(pointer="limit", code="invalid", message=f"expected a whole number from 1 to {MAX_LIMIT}")
        raise ValidationFailed(problem.message, errors=(problem,))
    return int(text)


def flag(parameters: dict[str, str], name: str) -> bool:
    """A parameter that is true or false, and false when it is left out; ValidationFailed for other words."""
    text = parameters.get(name, "false")
    if text not in {"true", "false"}:
        raise ValidationFailed.at(name, "expected true or false")
    return text == "true"


def page_answer(page: Page[Any], show: Callable[[Any], Any]) -> Response[Any]:
    """A page as it is answered."""
    return json_answer({"data": [show(row) for row in page.items], "next_cursor": page.next_cursor})
