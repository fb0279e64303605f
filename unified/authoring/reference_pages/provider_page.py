"""docs/reference/providers/*.md: one page for each provider, derived from its files."""

from collections.abc import Iterable, Iterator, Sequence

from unified.authoring.reference_pages.connecting import connecting
from unified.authoring.reference_pages.tables import code, table
from unified.catalog.provider import Provider
from unified.models import MODELS, UPSERT
from unified.transform.coverage import coverage
from unified.transform.mapping import Mapping

FOLDER = "docs/reference/providers"
COVERAGE = "../coverage.md"
LIMITS = "../../limits.md"
BASE = frozenset({"mapped_fields", "remote_data"})
PAGES = {
    "none": "in one response, which Unified divides",
    "cursor": "by a cursor",
    "page": "by page number",
    "offset": "by the number of records to skip",
    "link_header": "by a `Link` header",
    "next_url": "by the address of the next page",
    "keyset": "by the last record of the page before",
    "graphql": "by a cursor",
}
"""Pagination type → how a page leads to the next."""


def page_of(provider: str) -> str:
    """Return where the page of a provider is."""
    return f"{FOLDER}/{provider}.md"


def provider_pages(mappings: Sequence[Mapping]) -> dict[str, str]:
    """Return path → page of each provider that has mappings."""
    order = list(MODELS)
    owned: dict[str, list[Mapping]] = {}
    for mapping in sorted(mappings, key=lambda one: order.index(one.model.id)):
        owned.setdefault(mapping.provider.name, []).append(mapping)
    return {page_of(name): provider_page(own) for name, own in sorted(owned.items())}


def provider_page(own: Sequence[Mapping]) -> str:
    """Return the page of one provider; all mappings are of it."""
    provider = own[0].provider
    parts = [_head(provider), connecting(provider), _covered(own), _limits(own), _notes(provider)]
    models = [text for one in own if (text := _model(one))]
    parts += ["## By model\n", *models] if models else []
    return "\n".join(one for one in (*parts, _not_offered(own)) if one)


def _head(provider: Provider) -> str:
    made = f"Generated from `providers/{provider.name}.yaml` and `mappings/{provider.name}/` by `unified docs`."
    return f"# {provider.title}\n\n{made} Tier: {provider.tier}. {provider.title} documents its API at <{provider.docs}>.\n"


def _covered(own: Sequence[Mapping]) -> str:
    said = (
        "Native filters and orders are applied by the provider. Other conditions on fields that are read are applied by\n"
        f"Unified, to a bounded number of records. [Coverage]({COVERAGE}) lists all fields."
    )
    columns = ("model", "methods", "native filters", "sorted by", "custom fields")
    return f"## What is covered\n\n{said}\n\n{table(columns, (_covered_row(one) for one in own))}"


def _covered_row(mapping: Mapping) -> tuple[str, ...]:
    covered = coverage(mapping)
    anchor = f"{covered.provider}-{covered.model.replace('.', '')}"
    orders = code(one.field for one in covered.fields if one.sorted)
    by = f" by {code(covered.upsert_by)}"
    methods = ", ".join(f"{one}{by}" if one == UPSERT else one for one in covered.methods)
    return (f"[{covered.model}]({COVERAGE}#{anchor})", methods, code(covered.filters), orders, _custom_fields(mapping))


def _custom_fields(mapping: Mapping) -> str:
    written = any("custom_fields" in mapping.write_calls.writable(method) for method in ("create", "update"))
    ways = ("read", "custom_fields" in mapping.filled), ("written", written), ("described", mapping.definitions is not None)
    return ", ".join(word for word, holds in ways if holds)


def _limits(own: Sequence[Mapping]) -> str:
    provider = own[0].provider
    lines = [f"- Lists come {_pages(provider)}.", *_other_sizes(own), _rate(provider)]
    statuses = ", ".join(str(one) for one in provider.retry.statuses)
    lines.append(f"- Calls that are safe to send twice are [retried]({LIMITS}#retries) after {statuses}.")
    return "## Limits\n\n" + "\n".join(lines) + "\n"


def _pages(provider: Provider) -> str:
    rules = provider.pagination
    how = PAGES[rules.type or "none"]
    most = f"in pages of at most {rules.max_size} records, " if rules.max_size else ""
    end = f"; the provider ends a list after {rules.max_total:,} records" if rules.max_total else ""
    return most + how + end


def _other_sizes(own: Sequence[Mapping]) -> Iterator[str]:
    """Yield a line for each largest page or list that differs from the provider's."""
    usual = own[0].provider.pagination
    for what, said in (("max_size", "Pages of at most {} records"), ("max_total", "At most {} records in a list")):
        found: dict[int, list[str]] = {}
        for mapping in own:
            sizes = {getattr(call.pages.rules, what) for call in mapping.lists} - {None, getattr(usual, what)}
            for size in sorted(sizes):
                found.setdefault(size, []).append(mapping.model.id)
        for size, models in sorted(found.items()):
            yield f"- {said.format(f'{size:,}')}, in some calls or all: {', '.join(models)}."


def _rate(provider: Provider) -> str:
    rules = provider.rate_limit
    statuses = " or ".join(str(one) for one in rules.statuses)
    named = (("what is left", rules.remaining), ("the limit", rules.limit), ("when it resets", rules.reset))
    headers = ", ".join(f"{what} in `{header}`" for what, header in named if header)
    more = f" Its responses have {headers}." if headers else ""
    return f"- A rate limit is reported by {statuses}, and the time to wait by `{rules.retry_after}`.{more}"


def _notes(provider: Provider) -> str:
    return f"## Notes\n\n{_bullets(provider.notes)}" if provider.notes else ""


def _model(mapping: Mapping) -> str:
    document = mapping.file.document
    said = [f"`{method}`: {text}" for method, text in document.describe.items()]
    lines = [*said, *document.notes, *_unread(mapping)]
    return f"### {mapping.model.id}\n\n{_bullets(lines)}" if lines else ""


def _unread(mapping: Mapping) -> Iterator[str]:
    reasons = mapping.file.document.not_offered
    names = [field.name for field in mapping.model.fields if field.name not in BASE and field.name not in mapping.filled]
    yield from (f"`{name}` is always null or empty: {reasons[name]}" for name in names if name in reasons)
    others = [name for name in names if name not in reasons]
    if others:
        yield f"Not read: {code(others)}."


def _not_offered(own: Sequence[Mapping]) -> str:
    categories = {one.model.category for one in own}
    offered = {one.model.id for one in own}
    reasons = own[0].provider.not_offered
    missing = [one.id for one in MODELS.values() if one.id not in offered and (one.category in categories or one.id in reasons)]
    if not missing:
        return ""
    rows = ((f"`{name}`", reasons.get(name, "")) for name in sorted(missing, key=lambda name: name not in reasons))
    return f"## What is not offered\n\n{table(('model', 'reason'), rows)}"


def _bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {one}\n" for one in lines)
