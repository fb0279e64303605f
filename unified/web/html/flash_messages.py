"""What was just done, told once on the page that follows; the address names it, the words are ours."""

import msgspec
from markupsafe import Markup

from unified.web.html.messages import CHECKS, WORDS
from unified.web.html.rendering import t

ABOUT_ACCOUNTS = ("works", "fails", "enabled", "disabled")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence above the list."""

    text: Markup
    is_warning: bool = False


def notice_in_words(kind: str, *, name: str = "", product: str = "", reason: str = "") -> Notice | None:
    """The notice of a kind; None for a kind that there is not, or one about an account without its name."""
    if kind == "deleted":
        return Notice(text=t("notice.deleted"))
    if kind not in ABOUT_ACCOUNTS or not name:
        return None
    why = Markup(CHECKS.get(reason, WORDS["check.other"]))  # noqa: S704 - our own words
    return Notice(text=t(f"notice.{kind}", name=name, product=product, reason=why), is_warning=kind == "fails")
