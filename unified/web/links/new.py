"""The form that creates a connect link, with what `POST /connect` takes; it offers only what the caller's key may give."""

from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Controller, Response, get, post

from unified.api.controllers.connect import create_connect_link
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.errors.access import EmptyScope
from unified.errors.requests import ValidationFailed
from unified.service import connect
from unified.service.access.consent import LinkChoices, LinkScope, link_choices
from unified.service.connect import NewLink
from unified.service.languages import LANGUAGES, Language, known_language, texts
from unified.web.html.choosers import Choice, choice, ticked
from unified.web.html.condition_form import condition_form, entered_records
from unified.web.html.forms import FormDependency, cookie, reads_form
from unified.web.html.messages import CATEGORIES, MESSAGES, NOUNS
from unified.web.html.rendering import capitalized
from unified.web.links.page import LINKS, title_of
from unified.web.outcomes import REFUSED, Refusal, Secret, explain_refusal, show_form, show_once
from unified.web.session.layout import product_of
from unified.web.session.return_paths import BACK_COOKIE, COOKIE_SECONDS

PRODUCT, METHOD, MODEL, TAG = "product.", "method.", "model.", "tag."
MAX_FIELDS = 500
"""More than all products, methods, models and tags."""
SPANS = (3600, 86_400, 604_800)
"""Lifetimes to choose from, in seconds."""
PLACES = {
    "provider": "providers",
    "providers": "providers",
    "name": "name",
    "external_id": "external_id",
    "scope": "scope",
    "methods": "methods",
    "models": "models",
    "tags": "tags",
    "records": "records",
    "language": "language",
    "expires_in": "span",
}
"""The fields of the form by the keys of `POST /connect`."""


class NewLinkController(Controller):
    """The form that creates a link."""

    path = f"{LINKS.address}/new"
    opt = signed_in_as(create_connect_link)
    dependencies = reads_form(SESSION_COOKIE, most=MAX_FIELDS)

    @get()
    async def show_form(self, context: ContextDependency) -> Response[Any]:
        """Handle GET /ui/links/new."""
        return _form(context, {"span": str(SPANS[0]), METHOD + "read": "1"})

    @post()
    async def make_link(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/links/new: show the link, or the form again with what to correct."""
        try:
            row, url = await connect.create_link(context.services, context.principal, _requested(form))
        except REFUSED as problem:
            return _form(context, form, explain_refusal(problem, PLACES))
        return show_once(
            context,
            "links",
            "links.made",
            name=title_of(context, row),
            secrets=(Secret(name="url", label=MESSAGES["links.made.url"], text=url),),
            back=LINKS.address,
            opens=url,
            cookies=(cookie(BACK_COOKIE, "accounts", same_site="lax", seconds=COOKIE_SECONDS),),
        )


def _requested(fields: Mapping[str, str]) -> NewLink:
    """Return what a form asks for; without a tick, methods are those that read, and the others all of the key."""
    span = next((one for one in SPANS if str(one) == fields.get("span")), None)
    if span is None:
        raise ValidationFailed.at("/expires_in", "expected a value that the form offers")
    products = ticked(fields, PRODUCT)
    limits = {"methods": ticked(fields, METHOD), "models": ticked(fields, MODEL), "tags": ticked(fields, TAG)}
    given: dict[str, Any] = {name: values for name, values in limits.items() if values}
    given |= {"records": records} if (records := entered_records(fields)) else {}
    return NewLink(
        provider=products[0] if len(products) == 1 else None,
        providers=products if len(products) > 1 else None,
        name=fields.get("name", "").strip() or None,
        external_id=fields.get("external_id", "").strip() or None,
        expires_in=span,
        scope=LinkScope(**given) if given else None,
        language=_language(fields.get("language", "")),
    )


def _language(name: str) -> Language | None:
    found = known_language(name)
    if name and found is None:
        raise ValidationFailed.at("/language", f"expected one of {', '.join(LANGUAGES)}")
    return found


def _form(context: Context, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response[Any]:
    try:
        offered = link_choices(context.services.catalog, context.principal.scopes)
    except EmptyScope:
        offered = LinkChoices(providers=(), classes=(), methods=(), models=(), tags=())
    return show_form(
        context,
        LINKS.tab,
        "link_new",
        refusal,
        fields=fields,
        products=[choice(PRODUCT + name, product_of(context, name), fields) for name in offered.providers],
        classes=[_method(name, fields) for name in offered.classes],
        methods=[_method(name, fields) for name in offered.methods],
        models=_by_category(offered.models, fields),
        conditions=condition_form(fields, offered.models),
        tags=[choice(TAG + name, MESSAGES.get(f"tag.{name}", name), fields) for name in offered.tags],
        chosen={name: bool(ticked(fields, prefix)) for name, prefix in (("methods", METHOD), ("models", MODEL), ("tags", TAG))},
        languages=[(name, texts(name)["language"]) for name in LANGUAGES],
        spans=SPANS,
    )


def _method(name: str, fields: Mapping[str, str]) -> Choice:
    keys = (f"links.method.{name}", f"verb.{name}", f"verb.custom.{name}")
    title = next((MESSAGES[key] for key in keys if key in MESSAGES), capitalized(name.replace("_", " ")))
    return choice(METHOD + name, title.removesuffix(":"), fields)


def _by_category(models: Iterable[str], fields: Mapping[str, str]) -> dict[str, list[Choice]]:
    """Return the boxes of models under the titles of their categories, sorted as people read them."""
    found: dict[str, list[Choice]] = {}
    for model in sorted(models, key=lambda one: (one.partition(".")[0], NOUNS[one])):
        title = CATEGORIES[model.partition(".")[0]]
        found.setdefault(title, []).append(choice(MODEL + model, capitalized(NOUNS[model]), fields))
    return found
