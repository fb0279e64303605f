"""The page of the tenant: what end users see of it on the connect page, with a preview, and the origins that it trusts."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from unified.api.controllers.tenant import TenantController
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.errors.requests import NotFound, TooLarge, UnsupportedMediaType, ValidationFailed
from unified.service import tenant_logos
from unified.service.tenant_colors import Colors
from unified.service.tenants import TenantPatch, colors_of, get_tenant, update_tenant
from unified.web.connect.appearance import theme
from unified.web.html.forms import FormDependency, UploadDependency, reads_upload
from unified.web.html.rendering import HEADERS, redirect
from unified.web.outcomes import REFUSED, Refusal, explain_refusal, show_form

ADDRESS = "/ui/tenant"
NOTICES = ("saved", "logo", "no_logo")
COLORS = ("accent", "background")
PLACES = {one: one for one in ("name", "return_origins", "frame_ancestors", *COLORS)}
"""The fields of the form by the keys of `PATCH /tenant`."""


class TenantPageController(Controller):
    """The tenant of the caller."""

    path = ADDRESS

    @get(opt=signed_in_as(TenantController.get_tenant))
    async def show_tenant(self, context: ContextDependency, notice: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/tenant."""
        return await _form(context, notice=notice if notice in NOTICES else None)

    @post(opt=signed_in_as(TenantController.update_tenant))
    async def save_tenant(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/tenant."""
        caller = context.principal
        try:
            await update_tenant(context.services, caller.tenant_id, _patch(form), by=caller.key_id)
        except REFUSED as problem:
            return await _form(context, form, explain_refusal(problem, PLACES))
        return redirect(f"{ADDRESS}?notice=saved")

    @get("/colors.css", opt=signed_in_as(TenantController.get_tenant))
    async def show_colors(self, context: ContextDependency) -> Response[Any]:
        """Handle GET /ui/tenant/colors.css: the colors of the preview, as no page may hold a style."""
        tenant = await get_tenant(context.services, context.principal.tenant_id)
        colors = colors_of(tenant)
        content = "" if colors is None else theme(colors, ".preview")
        return Response(content=content, media_type="text/css", headers=HEADERS)

    @get("/logo", opt=signed_in_as(TenantController.get_tenant_logo))
    async def show_logo(self, context: ContextDependency) -> Response[Any]:
        """Handle GET /ui/tenant/logo."""
        content = await tenant_logos.get_logo(context.services, context.principal.tenant_id)
        return Response(content=content, media_type=tenant_logos.MEDIA_TYPE, headers=HEADERS)

    @post("/logo", opt=signed_in_as(TenantController.set_tenant_logo), dependencies=reads_upload(SESSION_COOKIE))
    async def save_logo(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
        upload: UploadDependency,
    ) -> Response[Any]:
        """Handle POST /ui/tenant/logo."""
        caller = context.principal
        try:
            await tenant_logos.set_logo(context.services, caller.tenant_id, upload, tenant_logos.MEDIA_TYPE, by=caller.key_id)
        except (ValidationFailed, TooLarge, UnsupportedMediaType):
            refusal = explain_refusal(ValidationFailed.at("/logo", "expected a PNG"), {"logo": "file"})
            return await _form(context, refusal=refusal)
        return redirect(f"{ADDRESS}?notice=logo")

    @post("/logo/delete", opt=signed_in_as(TenantController.delete_tenant_logo))
    async def delete_logo(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
    ) -> Response[Any]:
        """Handle POST /ui/tenant/logo/delete."""
        await tenant_logos.delete_logo(context.services, context.principal.tenant_id)
        return redirect(f"{ADDRESS}?notice=no_logo")


def _patch(fields: Mapping[str, str]) -> TenantPatch:
    """Return what a form changes; two empty colors mean Unified's own."""
    colors = {name: fields.get(name, "").strip() for name in COLORS}
    return TenantPatch(
        name=fields.get("name", ""),
        return_origins=tuple(fields.get("return_origins", "").split()),
        frame_ancestors=tuple(fields.get("frame_ancestors", "").split()),
        colors=Colors(**colors) if any(colors.values()) else None,
    )


async def _form(
    context: Context,
    fields: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    *,
    notice: str | None = None,
) -> Response[Any]:
    """Show the form: with what was entered if it was refused, and with what is saved otherwise."""
    tenant = await get_tenant(context.services, context.principal.tenant_id)
    colors = colors_of(tenant)
    saved = {
        "name": tenant.name,
        "return_origins": "\n".join(tenant.return_origins or ()),
        "frame_ancestors": "\n".join(tenant.frame_ancestors or ()),
        "accent": "" if colors is None else colors.accent,
        "background": "" if colors is None else colors.background,
    }
    return show_form(
        context,
        "tenant",
        "tenant",
        refusal,
        fields=saved if fields is None else fields,
        notice=notice,
        tenant=tenant,
        has_logo=await _has_logo(context),
    )


async def _has_logo(context: Context) -> bool:
    try:
        await tenant_logos.get_logo(context.services, context.principal.tenant_id)
    except NotFound:
        return False
    return True
