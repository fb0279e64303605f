"""Shares the parts of the pages of a collection, such as API keys or webhooks: the list, and a question before an act."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response

from unified.api.requests.context import Context
from unified.service.pausing import REASONS
from unified.web.html.rendering import redirect, render_page, t
from unified.web.outcomes import Notice, ask_first
from unified.web.session.layout import frame

PAGE_SIZE = 20
ENDS_NOTHING = frozenset({"rotate", "resume"})
"""Acts that stop nothing but what they replace."""


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """The pages below one tab, of which the name is also that of the list's template and the prefix of its messages."""

    tab: str
    address: str
    notices: tuple[str, ...]
    """The outcomes of an act, as the address of the next page names them, with the message `{tab}.notice.{name}`."""
    warnings: tuple[str, ...] = ()
    """Those that report that nothing was done."""
    has_pages: bool = False
    """Whether each row has a separate page, `{address}/{id}`."""

    def notice(self, name: str) -> Notice | None:
        """Return what came of an act; None for a name that is not listed."""
        if name not in self.notices:
            return None
        return Notice(text=t(f"{self.tab}.notice.{name}"), is_warning=name in self.warnings)

    def finish(self, notice: str, row_id: str | None = None) -> Response[Any]:
        """Return to the list, or to the page of a row, and say there what came of an act."""
        return redirect(f"{self.address}/{row_id}?notice={notice}" if row_id else f"{self.address}?notice={notice}")


def show_list(
    context: Context,
    collection: Collection,
    rows: Sequence[Any],
    *,
    notice: str,
    cursor: str = "",
    next_cursor: str | None = None,
    **values: Any,
) -> Response[Any]:
    """Show one page of a list.

    Args:
        context: the request.
        collection: what is listed.
        rows: the rows of the page, prepared for display.
        notice: the name of what came of an act, as the address has it.
        cursor: the cursor of this page.
        next_cursor: that of the next one.
        values: what else the template names.
    """
    return render_page(
        collection.tab,
        rows=rows,
        address=collection.address,
        notice=collection.notice(notice),
        cursor=cursor,
        next_cursor=next_cursor,
        **values,
        **frame(context, collection.tab),
    )


def ask_about(context: Context, collection: Collection, row_id: str, words: str, *, name: str) -> Response[Any]:
    """Ask before an act on a row; see `ask_first`. The last part of `words` names the act; a pause has a reason."""
    row, act = f"{collection.address}/{row_id}", words.rpartition(".")[2]
    return ask_first(
        context,
        collection.tab,
        words,
        name=name,
        action=f"{row}/{act}",
        back=row if collection.has_pages else collection.address,
        is_destructive=act not in ENDS_NOTHING,
        reasons=REASONS if act == "pause" else (),
    )
