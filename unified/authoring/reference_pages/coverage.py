"""docs/reference/coverage.md: what each provider offers of each model, derived from the mappings."""

from collections.abc import Sequence

from unified.authoring.reference_pages.tables import code, table
from unified.models import MODELS
from unified.transform.coverage import Coverage
from unified.transform.coverage import coverage as derive
from unified.transform.mapping import Mapping

PAGE = "docs/reference/coverage.md"
COLUMNS = ("provider", "model", "methods", "read", "written", "native filters")
HEAD = """\
# Coverage

Generated from the mappings by `unified docs`. Native filters are done by the provider; any other condition on a field
that is read is done here on a bounded number of records, and said in `meta.warnings`. A field that is not read is
null.
"""
BASE = frozenset({"mapped_fields", "remote_data"})


def rows(mappings: Sequence[Mapping]) -> list[tuple[str, ...]]:
    """Return one row a mapping.

    Provider, model, methods, fields read of all, fields written of all, number of native filters.
    """
    return [_row(derive(one)) for one in mappings]


def _row(covered: Coverage) -> tuple[str, ...]:
    fields = [one for one in covered.fields if one.field not in BASE]
    read = sum(one.read for one in fields)
    written = sum(one.created or one.updated for one in fields)
    methods = ", ".join(covered.methods)
    return (
        covered.provider,
        covered.model,
        methods,
        f"{read}/{len(fields)}",
        f"{written}/{len(fields)}",
        str(len(covered.filters)),
    )


def coverage_page(mappings: Sequence[Mapping]) -> str:
    """Return the page: a matrix of models and providers, then each mapping."""
    providers = sorted({one.provider.name for one in mappings})
    parts = [HEAD, _matrix(mappings, providers)]
    for provider in providers:
        own = [one for one in mappings if one.provider.name == provider]
        parts.append(f"## {own[0].provider.title}\n\nTier: {own[0].provider.tier}. {_page(provider)}\n")
        parts += [_mapping(derive(one)) for one in own]
    return "\n".join(parts)


def _page(provider: str) -> str:
    return f"[How to connect, limits and notes](providers/{provider}.md)"


def _matrix(mappings: Sequence[Mapping], providers: list[str]) -> str:
    found = {(one.model.id, one.provider.name): ", ".join(one.methods) for one in mappings}
    offered = [name for name in MODELS if any(model == name for model, _ in found)]
    lines = ((name, *(found.get((name, provider), "") for provider in providers)) for name in offered)
    return table(("model", *providers), lines)


def _mapping(covered: Coverage) -> str:
    fields = [one for one in covered.fields if one.field not in BASE]
    facts = {
        "methods": covered.methods,
        "upsert by": covered.upsert_by,
        "native filters": covered.filters,
        "sorted by": tuple(one.field for one in fields if one.sorted),
        "read": tuple(one.field for one in fields if one.read),
        "created": tuple(one.field for one in fields if one.created),
        "updated": tuple(one.field for one in fields if one.updated),
        "not read": tuple(one.field for one in fields if not one.read),
    }
    shown = table(("", ""), ((name, code(names)) for name, names in facts.items() if names))
    return f"### {covered.provider} {covered.model}\n\n{shown}"
