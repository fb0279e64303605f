"""Shares the state of an open link's pages: the language, the tenant's appearance, the way back, and whether it is framed."""

from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
from litestar import Response

from unified.api.requests.context import Context
from unified.service.connect import OpenLink
from unified.service.connect.return_address import CANCELLED, failure_address
from unified.service.languages import Language
from unified.web.connect.appearance import address_of_link, appearance_of
from unified.web.html.rendering import language_of, render_page

FRAMES = frozenset({"iframe", "frame", "embed", "object"})
"""Values of `Sec-Fetch-Dest` for a page within another one (Fetch Metadata, 2.1)."""


class LinkPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of an open link: what its parts share."""

    context: Context
    link: OpenLink
    token: str
    language: Language
    is_framed: bool
    """Whether a page of the tenant frames it, where browsers may keep no cookies: its links then open a separate window."""

    @classmethod
    def of(cls, context: Context, link: OpenLink, token: str) -> Self:
        """Return the page of a link as this request asks for it."""
        headers = context.request.headers
        framed = headers.get("sec-fetch-dest") in FRAMES and bool(link.frame_ancestors)
        language = language_of(context.request, link.language)
        return cls(context=context, link=link, token=token, language=language, is_framed=framed)

    def render(self, template: str, **values: Any) -> Response[Any]:
        """Render a template with what every page of a link shows."""
        return render_page(
            template,
            language=self.language,
            frame_ancestors=self.link.frame_ancestors,
            link=self.link,
            token=self.token,
            address=address_of_link(self.link.id),
            appearance=appearance_of(self.link, self.token),
            framed=self.is_framed,
            cancel=self.cancel,
            now=self.context.services.clock(),
            **values,
        )

    @property
    def cancel(self) -> str | None:
        """The address of the tenant's application for whoever does not want to connect; None in a frame or without one."""
        return None if self.is_framed else failure_address(self.link.return_url, CANCELLED)

    @property
    def place(self) -> str:
        """The host to which the browser goes back; empty if the link has none."""
        return urlsplit(self.link.return_url or "").netloc
