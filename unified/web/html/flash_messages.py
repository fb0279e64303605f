"""The result of an action, shown on the page that follows. The address selects the message but never supplies its text."""

import msgspec
from markupsafe import Markup

from unified.web.html.messages import CHECKS, MESSAGES
from unified.web.html.rendering import t

ABOUT_ACCOUNTS = ("works", "fails", "enabled", "disabled")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence shown above the list."""

    text: Markup
    is_warning: bool = False


def build_notice(kind: str, *, name: str = "", product: str = "", reason: str = "") -> Notice | None:
    """Return the notice of a kind; None for an unknown kind, or when the account's name is missing."""
    if kind == "deleted":
        return Notice(text=t("notice.deleted"))
    if kind not in ABOUT_ACCOUNTS or not name:
        return None
    why = Markup(CHECKS.get(reason, MESSAGES["check.other"]))  # noqa: S704 - a text of this project
    return Notice(text=t(f"notice.{kind}", name=name, product=product, reason=why), is_warning=kind == "fails")
