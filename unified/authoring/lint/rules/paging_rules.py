"""The rules for the `pagination` of provider files, and what the rules for calls share with them."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.rules.provider_rules import ProviderSubject
from unified.catalog.files.source import DocumentPath
from unified.catalog.provider import Pagination
from unified.errors.names import known_names
from unified.transform.queries.pagination import KEYS, Pages, lacks_bound

PLACES = ("query.", "body.", "header.")
UNBOUNDED = (
    "`size` needs `max_size`, the most that the provider gives: it may give fewer records than it is asked for, and a list "
    "continues by counting them"
)


def page_keys(rules: Pagination, place: DocumentPath) -> Iterator[Found]:
    """Report keys that the pagination type needs and lacks, or does not know."""
    needed, allowed = KEYS[rules.type or "none"]
    names = ("send", "next", "more", "total", "field", "page_info", "first")
    given = {name for name in names if getattr(rules, name) is not None}
    for name in sorted(needed - given):
        yield Found(place=place, message=f"pagination type {rules.type} needs `{name}`")
    for name in sorted(given - needed - allowed):
        message = (
            f"`{name}` is not a key of pagination type {rules.type or 'none'}. Known: {known_names(needed | allowed) or 'none'}"
        )
        yield Found(place=(*place, name), message=message, key=True)


def page_places(rules: Pagination, place: DocumentPath) -> Iterator[Found]:
    """Report places that are not of the form `query.NAME`, `body.a.b` or `header.NAME`."""
    for name in ("send", "size"):
        where = getattr(rules, name)
        if where is not None and not (where.startswith(PLACES) and where.partition(".")[2]):
            message = f"`{name}`: expected `query.NAME`, `body.a.b` or `header.NAME`, got `{where}`"
            yield Found(place=(*place, name), message=message)


def _pagination(subject: ProviderSubject) -> Iterator[Found]:
    yield from page_keys(subject.provider.pagination, ("pagination",))


def _page_size(subject: ProviderSubject) -> Iterator[Found]:
    rules = subject.provider.pagination
    if lacks_bound(Pages(rules=rules, is_sized=rules.size is not None)):
        yield Found(place=("pagination", "size"), message=UNBOUNDED, key=True)


def _places(subject: ProviderSubject) -> Iterator[Found]:
    yield from page_places(subject.provider.pagination, ("pagination",))


PAGING_RULES: tuple[Rule, ...] = (
    lint_rule("P007", "pagination keys", "Each pagination type has its own keys; others would be ignored.", _pagination),
    lint_rule(
        "P008",
        "pagination place",
        "`send` and `size` name a place in the request: `query.NAME`, `body.a.b` or `header.NAME`.",
        _places,
    ),
    lint_rule(
        "P030",
        "page size without a bound",
        "A page that is shorter than it was asked for is the last one, unless the provider gives less than that to anybody. So "
        "the mapping must know the most that it gives.",
        _page_size,
    ),
)
"""Rules on the pages of a provider, in order of their codes."""
