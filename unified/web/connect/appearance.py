"""How a tenant's connect page looks: its logo and its colors, for whoever has the link."""

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from unified.api.requests.declarations import secret_in_request
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.requests import NotFound
from unified.service.connect import OpenLink, open_link
from unified.service.tenant_colors import Colors, palette_of, text_on
from unified.service.tenant_logos import MEDIA_TYPE, get_logo

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of what the page loads; None where the tenant has set nothing."""

    logo: str | None
    theme: str | None


def address_of_link(link_id: str) -> str:
    """Return the path of the page of a link."""
    return f"/connect/{quote(link_id, safe='')}"


def appearance_of(link: OpenLink, token: str) -> Appearance:
    """Return the addresses of a link's logo and colors."""
    address, query = address_of_link(link.id), urlencode({"token": token})
    return Appearance(
        logo=f"{address}/logo?{query}" if link.has_logo else None,
        theme=f"{address}/theme.css?{query}" if link.colors else None,
    )


@get("/connect/{id:str}/logo", opt=secret_in_request())
async def show_logo(context: ContextDependency, link_id: PathId, token: FromQuery[str] = "") -> Response[Any]:
    """Handle GET /connect/{id}/logo."""
    link = await open_link(context.services, link_id, token)
    return Response(await get_logo(context.services, link.tenant_id), media_type=MEDIA_TYPE, headers=HEADERS)


@get("/connect/{id:str}/theme.css", opt=secret_in_request())
async def show_theme(context: ContextDependency, link_id: PathId, token: FromQuery[str] = "") -> Response[Any]:
    """Handle GET /connect/{id}/theme.css."""
    link = await open_link(context.services, link_id, token)
    if link.colors is None:
        raise NotFound("the tenant has no colors")
    return Response(theme(link.colors), media_type="text/css", headers=HEADERS)


def theme(colors: Colors, selector: str = ":root") -> str:
    """Return the style sheet of a tenant's colors, for both color schemes of the browser alike, for what the selector selects.

    It contains nothing of the tenant but `#rrggbb`, which `checked_colors` has checked.
    """
    palette, on_accent = palette_of(colors), text_on(colors.accent)
    is_dark = palette.scheme == "dark"
    values = {
        "page": colors.background,
        "card": palette.card,
        "ink": palette.ink,
        "soft": palette.soft,
        "line": "#303946" if is_dark else "#dbe0e7",
        "edge": "#6f7d8f" if is_dark else "#8592a3",
        "accent": colors.accent,
        "accent-deep": colors.accent,
        "on-accent": on_accent,
        "tint": palette.tint,
        "warn": "#f2b866" if is_dark else "#8a4a00",
        "warn-tint": "#33270f" if is_dark else "#fff3de",
        "shadow": "none",
        "sign-back": "22%" if is_dark else "93%",
        "sign-ink": "84%" if is_dark else "26%",
    }
    lines = "".join(f"  --{name}: {value};\n" for name, value in values.items())
    return f"{selector} {{\n  color-scheme: {palette.scheme};\n{lines}}}\n"
