"""Warns in a list answer of conditions that are not applied, or not by the provider, and of records that may be missing."""

from collections.abc import Iterator
from datetime import date

from unified.service.records.reading.provider_pages import ProviderPages
from unified.text.parsing_limits import LIMIT_REDUCED, reduced_limit
from unified.transform.queries.query import MAX_LIMIT
from unified.transform.queries.windows import today

PARTIAL = frozenset({"incomplete", "outside_window", "truncated"})
"""Codes of warnings that a list does not have all records."""


def add_warnings(pages: ProviderPages, day: date) -> None:
    """Add warnings about conditions that are not applied, or not by the provider; `day` is when the list began."""
    call, query, plan = pages.call, pages.query, pages.plan
    if query.is_limit_reduced:
        call.warnings[LIMIT_REDUCED] = reduced_limit(MAX_LIMIT)
    bound = call.services.settings.page_scan_limit
    emulated = plan.remaining - plan.native - query.unspoken
    if emulated:
        names = ", ".join(query.shown(name) for name in sorted(emulated))
        call.warnings["filter_emulated"] = (
            f"{names}: applied by Unified to the mapped records, at most about {bound} of them per response"
        )
    if call.visibility.is_bounded and not call.visibility.narrowed_by_provider(query):
        call.warnings["narrowed_here"] = (
            f"records outside the chosen resources were left out here, of at most about {bound} looked at for an answer"
        )
    if query.include_deleted and not _gives_deleted(pages):
        call.warnings["deleted_not_offered"] = "include_deleted: the provider does not give deleted records of this list"
    for code, message in _declared(pages, day):
        call.warn(code, message)


def lacks_records(pages: ProviderPages) -> bool:
    """Return whether a list that was read to its end may lack records: by a limit of the provider's, or by its mapping."""
    declared = {code for code, _ in _declared(pages, today())}
    return bool(PARTIAL & (declared | pages.call.warnings.keys()))


def _declared(pages: ProviderPages, day: date) -> Iterator[tuple[str, str]]:
    """Yield code and message of what the list calls say of this list: that their windows end, and what the mapping warns of."""
    calls = {one.place: one for one in (pages.plan.operation, *pages.parts) if one.windows is not None or one.warnings}
    if not calls:
        return
    root = pages.query.root(pages.query.requested())
    bindings = pages.call.bindings(root)
    for one in calls.values():
        if one.windows is not None and (text := one.windows.beyond(pages.query, day, pages.call.visibility.hidden)):
            yield "outside_window", text
        yield from one.notices(root, bindings)


def _gives_deleted(pages: ProviderPages) -> bool:
    """Return whether deleted records are requested: by a chain that is chosen for them, or by every call of the list."""
    asking = "include_deleted"
    return asking in pages.plan.operation.native or all(asking in part.native for part in pages.parts)
