"""The coverage pages: which models each product covers, and the details of every field."""

import asyncio
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath, FromQuery

from unified.api.controllers.catalog import coverages
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathProvider
from unified.errors.configuration import CatalogError
from unified.errors.requests import NotFound
from unified.models import MODELS
from unified.transform.catalog import Catalog
from unified.transform.coverage import Coverage, coverage
from unified.web.html.messages import CATEGORIES, NOUNS
from unified.web.html.rendering import render_page
from unified.web.session.layout import frame, product_of

SAME_EVERYWHERE = frozenset({"mapped_fields", "remote_data"})
"""Fields that say nothing about a product's coverage: every account has them."""
STICKY_UP_TO = 6
"""Maximum number of product columns with which the table head can stay visible on a wide screen."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one product."""

    address: str
    product: str
    signs: tuple[tuple[str, bool], ...]
    """Pairs of a capability (`read`, `written`, `filtered`) and whether the product has it."""
    read: int
    """Number of fields that the mapping fills."""
    fields: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One model with a cell for each product; None where the product does not cover it."""

    model: str
    noun: str
    cells: tuple[Cell | None, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The models of a category, and the products that cover any of them."""

    category: str
    title: str
    products: tuple[str, ...]
    lines: tuple[Line, ...]
    is_sticky: bool


class CoverageController(Controller):
    """Which models each product covers."""

    path = "/ui/coverage"
    opt = signed_in("sign_in")

    @get()
    async def show_coverage(self, context: ContextDependency, category: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/coverage."""
        every = await asyncio.to_thread(_groups, context.services.catalog)  # the first time, every mapping is compiled
        groups = [group for group in every if category in {"", group.category}]
        categories = [(name, title) for name, title in CATEGORIES.items()]
        return render_page("coverage", groups=groups, categories=categories, category=category, **frame(context, "coverage"))

    @get("/{provider:str}/{model:str}")
    async def show_cell(self, context: ContextDependency, provider: PathProvider, model: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/coverage/{provider}/{model}."""
        try:
            covered = coverage(context.services.catalog.compiled(provider, model))
        except CatalogError:
            raise NotFound("no mapping for this provider and model") from None
        return render_page(
            "coverage_cell",
            covered=covered,
            fields=[one for one in covered.fields if one.field not in SAME_EVERYWHERE],
            noun=NOUNS[model],
            product=product_of(context, provider),
            **frame(context, "coverage"),
        )


@lru_cache(maxsize=2)
def _groups(catalog: Catalog) -> tuple[Group, ...]:
    """Return the whole table; computed once for a catalog, which never changes."""
    covered = {(one.provider, one.model): one for one in coverages(catalog)}
    return tuple(_group(catalog, category, covered) for category in CATEGORIES)


def _group(catalog: Catalog, category: str, covered: dict[tuple[str, str], Coverage]) -> Group:
    models = [name for name in MODELS if name.partition(".")[0] == category]
    titles = {name: catalog.provider(name).title for name in catalog.providers()}
    names = [name for name in titles if any((name, model) in covered for model in models)]
    products = {name: titles[name] for name in sorted(names, key=lambda one: titles[one].casefold())}
    lines = [
        Line(
            model=model,
            noun=NOUNS[model],
            cells=tuple(_cell(title, covered.get((name, model))) for name, title in products.items()),
        )
        for model in models
    ]
    return Group(
        category=category,
        title=CATEGORIES[category],
        products=tuple(products.values()),
        lines=tuple(sorted(lines, key=lambda one: one.noun)),
        is_sticky=len(products) <= STICKY_UP_TO,
    )


def _cell(product: str, mapping: Coverage | None) -> Cell | None:
    if mapping is None:
        return None
    fields = [field for field in mapping.fields if field.field not in SAME_EVERYWHERE]
    methods = set(mapping.methods)
    return Cell(
        address=f"/ui/coverage/{mapping.provider}/{mapping.model}",
        product=product,
        signs=(
            ("read", bool({"list", "get"} & methods)),
            ("written", bool(methods - {"list", "get"})),
            ("filtered", bool(mapping.filters)),
        ),
        read=sum(field.read for field in fields),
        fields=len(fields),
    )
