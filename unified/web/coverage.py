"""The coverage pages: which model each product covers and how, and field by field where the product keeps it."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.catalog import coverages
from unified.api.context import Context
from unified.errors import CatalogError, NotFound
from unified.models import MODELS
from unified.transform.coverage import Coverage, coverage
from unified.web.html.messages import CATEGORIES, NOUNS
from unified.web.html.rendering import page
from unified.web.session.layout import frame, product_of

SAME_EVERYWHERE = frozenset({"mapped_fields", "remote_data"})
"""Fields that tell nothing of a product: they are the account's own, or all that it answered."""
STICKY_UP_TO = 6
"""Products whose columns fit a wide screen, so that the head of the table can stay in sight."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one product."""

    address: str
    product: str
    signs: tuple[tuple[str, bool], ...]
    """What could be done, and whether it can: `read`, `written`, `filtered`."""
    read: int
    """Fields that are filled."""
    fields: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One model; None where a product does not cover it."""

    model: str
    noun: str
    cells: tuple[Cell | None, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The models of a category, by the products that cover any of them."""

    category: str
    title: str
    products: tuple[str, ...]
    lines: tuple[Line, ...]
    is_sticky: bool


async def show_coverage(context: Context) -> Response[Any]:
    """GET /ui/coverage."""
    asked = dict(context.query()).get("category", "")
    groups = [one for one in _groups(context) if asked in {"", one.category}]
    categories = [(name, title) for name, title in CATEGORIES.items()]
    return page("coverage", groups=groups, categories=categories, asked=asked, **frame(context, "coverage"))


def _groups(context: Context) -> list[Group]:
    covered = {(one.provider, one.model): one for one in coverages(context)}
    return [_group(context, category, covered) for category in CATEGORIES]


def _group(context: Context, category: str, covered: dict[tuple[str, str], Coverage]) -> Group:
    models = [name for name in MODELS if name.partition(".")[0] == category]
    names = [name for name in context.services.catalog.providers() if any((name, model) in covered for model in models)]
    products = {name: product_of(context, name) for name in sorted(names, key=lambda one: product_of(context, one).casefold())}
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


def _cell(product: str, one: Coverage | None) -> Cell | None:
    if one is None:
        return None
    told = [field for field in one.fields if field.field not in SAME_EVERYWHERE]
    methods = set(one.methods)
    return Cell(
        address=f"/ui/coverage/{one.provider}/{one.model}",
        product=product,
        signs=(
            ("read", bool({"list", "get"} & methods)),
            ("written", bool(methods - {"list", "get"})),
            ("filtered", bool(one.filters)),
        ),
        read=sum(field.read for field in told),
        fields=len(told),
    )


async def show_cell(context: Context) -> Response[Any]:
    """GET /ui/coverage/{provider}/{model}."""
    name, model = context.path("provider"), context.path("model")
    try:
        covered = coverage(context.services.catalog.compiled(name, model))
    except CatalogError:
        raise NotFound("no such mapping") from None
    return page(
        "coverage_cell",
        covered=covered,
        fields=[one for one in covered.fields if one.field not in SAME_EVERYWHERE],
        noun=NOUNS[model],
        product=product_of(context, name),
        **frame(context, "coverage"),
    )
