"""What follows a form: a question before what cannot be undone, a secret that is shown once, or why the form was refused."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from unified.api.context import Context
from unified.errors.access import EmptyScope, Forbidden
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import render_page, t
from unified.web.session.layout import frame

REFUSED: tuple[type[UnifiedError], ...] = (
    ValidationFailed,
    EmptyScope,
    Forbidden,
    NotFound,
    Conflict,
)
"""What a form is shown again for; other errors have pages of their own."""
_BY_CLASS: dict[type[UnifiedError], str] = {
    EmptyScope: "refused.empty",
    Forbidden: "refused.scope",
    Conflict: "refused.conflict",
}
_STEPS = re.compile(r"[/.]")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a form was refused, and which field to correct."""

    text: Markup
    status: int
    field: str | None = None
    """The id of the field's element; None if the form has no field for it."""


def explain_refusal(problem: UnifiedError, places: Mapping[str, str]) -> Refusal:
    """Explain a refusal in the words of the pages: by its kind, or else by what it names in the body of the API.

    Args:
        problem: what the service raised.
        places: the ids of the form's fields by the key of the body that they fill, such as `events`.
    """
    name = _named(problem)
    kind = next((kind for kind in type(problem).__mro__ if kind in _BY_CLASS), None)
    words = f"problem.{name}" if f"problem.{name}" in MESSAGES else "refused.other"
    text = t(words if kind is None else _BY_CLASS[kind])
    return Refusal(text=text, status=problem.status, field=places.get(name or ""))


def _named(problem: UnifiedError) -> str | None:
    """Return the key of the body that a refusal points to, such as `events` for `/events/0`."""
    steps = [step for one in problem.errors[:1] for step in _STEPS.split(one.pointer) if step and not step.isdigit()]
    return steps[-1] if steps else None


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """One text to copy."""

    name: str
    """The id of its element."""
    label: str
    text: str

    def __repr__(self) -> str:
        """Leave out the text, which is a secret."""
        return f"Secret({self.name!r})"


def show_once(
    context: Context,
    tab: str,
    words: str,
    *,
    name: str,
    secrets: tuple[Secret, ...],
    back: str,
    notes: tuple[Markup, ...] = (),
    opens: str | None = None,
    cookies: tuple[Cookie, ...] = (),
) -> Response[Any]:
    """Show secrets that no other page ever shows again.

    Args:
        context: the request.
        tab: the tab of the page.
        words: the prefix of the messages `….title`, `….once` and `….back`; of `….open` too if there is an address to open.
        name: the name of what was created.
        secrets: the texts to copy.
        back: where the page leads.
        notes: what to know about them.
        opens: an address that the person may open here.
        cookies: cookies of the response.
    """
    return render_page(
        "created",
        words=words,
        name=name,
        secrets=secrets,
        back=back,
        notes=notes,
        opens=opens,
        cookies=cookies,
        **frame(context, tab),
    )


def ask_first(
    context: Context, tab: str, words: str, *, name: str, action: str, back: str, is_destructive: bool = True, **values: str
) -> Response[Any]:
    """Ask before something that cannot be undone, with the messages `….title`, `….text` (of `values` too) and `….button`."""
    return render_page(
        "question",
        words=words,
        name=name,
        action=action,
        back=back,
        is_destructive=is_destructive,
        values=values,
        **frame(context, tab),
    )
