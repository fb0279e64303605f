"""Answers a form: with a question before an act that cannot be undone, a secret shown once, a refusal, or a notice."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from unified.api.requests.context import Context
from unified.errors.access import EmptyScope, Forbidden
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.web.html.messages import CHECKS, MESSAGES
from unified.web.html.rendering import render_page, t
from unified.web.session.layout import frame

REFUSED: tuple[type[UnifiedError], ...] = (
    ValidationFailed,
    EmptyScope,
    Forbidden,
    NotFound,
    Conflict,
)
"""Errors for which a form is shown again; other errors have separate pages."""
_BY_CLASS: dict[type[UnifiedError], str] = {
    EmptyScope: "refused.empty",
    Forbidden: "refused.scope",
    Conflict: "refused.conflict",
}
RECORDS = "records"
"""Conditions on records: a refusal points to the condition, for which a form has no separate field."""
LIMITS = "limits"
_STEPS = re.compile(r"[/.]")
ABOUT_ACCOUNTS = ("works", "fails", "enabled", "disabled")


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
    """Return the key of the body that a refusal points to, such as `events` for `/events/0`, or `records` for what is in it.

    One of `limits` is named with its place there, as `limits.records`.
    """
    steps = [step for one in problem.errors[:1] for step in _STEPS.split(one.pointer) if step and not step.isdigit()]
    if len(steps) > 1 and steps[0] == LIMITS:
        return f"{LIMITS}.{steps[1]}"
    return RECORDS if RECORDS in steps else steps[-1] if steps else None


def show_form(context: Context, tab: str, template: str, refusal: Refusal | None, **values: Any) -> Response[Any]:
    """Show a form, with why it was refused if it was; `values` are what its template names."""
    status = 200 if refusal is None else refusal.status
    return render_page(template, status=status, refusal=refusal, **values, **frame(context, tab))


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
    context: Context,
    tab: str,
    words: str,
    *,
    name: str,
    action: str,
    back: str,
    is_destructive: bool = True,
    hidden: Mapping[str, str] | None = None,
    reasons: tuple[str, ...] = (),
    **values: str,
) -> Response[Any]:
    """Ask before something with consequences, with the messages `….title`, `….text` (of `values` too) and `….button`.

    Args:
        context: the request.
        tab: the tab of the page.
        words: the prefix of the messages.
        name: what it is about.
        action: the address of the form.
        back: where the page leads if it is not done.
        is_destructive: whether it ends or stops something.
        hidden: fields that the form sends as they are.
        reasons: reasons to choose from, each with a message `reason.…`.
        values: what the text names.
    """
    return render_page(
        "question",
        words=words,
        name=name,
        action=action,
        back=back,
        is_destructive=is_destructive,
        hidden=dict(hidden or {}),
        reasons=reasons,
        values=values,
        **frame(context, tab),
    )


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an act, in a sentence on the page that follows. The address selects the message, never its text."""

    text: Markup
    is_warning: bool = False


def build_notice(kind: str, *, name: str = "", product: str = "", reason: str = "") -> Notice | None:
    """Return the notice about an account; None for an unknown kind, or when the account's name is missing."""
    if kind == "deleted":
        return Notice(text=t("notice.deleted"))
    if kind not in ABOUT_ACCOUNTS or not name:
        return None
    why = Markup(CHECKS.get(reason, MESSAGES["check.other"]))  # noqa: S704 - a text of this project
    return Notice(text=t(f"notice.{kind}", name=name, product=product, reason=why), is_warning=kind == "fails")
