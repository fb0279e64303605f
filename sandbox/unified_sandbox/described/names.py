"""The names that expressions of a stand-in's file see, by the place of the expression; docs/sandbox.md says what they hold.

A name that is not given is never there, so a branch on it is never taken: it is refused when the file is loaded.
"""

from unified.catalog.files.source import DocumentPath

REQUEST = frozenset({"path", "query", "every", "body", "headers", "base", "url", "collection", "parent"})
"""The names in every expression of a route."""
PAGE = frozenset(
    {"items", "next", "next_url", "previous_url", "last", "more", "total", "size", "at", "pages", "columns", "found"}
)
"""The additional names in the answer with a page."""
REFUSAL = frozenset({"status", "code", "message", "field", "place"})
WRITE = REQUEST | {"before", "given"}
GIVEN: dict[tuple[str, ...], frozenset[str]] = {
    ("errors",): REFUSAL,
    ("error_headers", "*"): REFUSAL,
    ("refusals", "*", "errors"): REFUSAL,
    ("list",): REQUEST | PAGE,
    ("item",): REQUEST | {"item", "items"},
    ("collections", "*", "seed"): frozenset({"n", "id"}),
    ("collections", "*", "id", "make"): frozenset({"n"}),
    ("collections", "*", "computed", "*"): frozenset(),
    ("collections", "*", "store"): WRITE,
    ("collections", "*", "planted"): frozenset(),
    ("oauth", "answer"): frozenset({"base"}),
    ("oauth", "refusal"): frozenset({"error", "description", "status"}),
    ("limit", "headers", "*"): frozenset({"limit", "remaining", "window", "ends"}),
}
"""Places of expressions outside of routes → the names given there; `*` is any step."""
OF_ROUTES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("when", "check", "where", "key", "id", "arguments", "take", "each", "answer"), REQUEST),
    **dict.fromkeys(("parents", "sort", "filters"), REQUEST | {"value"}),
    **dict.fromkeys(("store", "sets"), WRITE),
    "show": REQUEST | PAGE | {"item", "before", "given", "written"},
    "wrap": REQUEST | PAGE | {"item", "before", "given", "written"},
    "headers": REQUEST | PAGE | {"item", "before", "given", "written"},
    "refused": REQUEST | {"code", "message", "field"},
    "also": REQUEST | PAGE | {"written", "each", "before", "given", "item"},
}
"""Keys of routes and of fields of GraphQL → the names given there."""
EVERY = frozenset().union(*GIVEN.values(), *OF_ROUTES.values(), {"written", "value", "each"})
"""Every name that is given anywhere, so that no definition may have it."""


def names_given(place: DocumentPath) -> frozenset[str]:
    """Return the names that the expression at a place sees; all there are for one that the tables do not know."""
    steps = tuple(str(one) for one in place)
    for pattern, names in GIVEN.items():
        if len(pattern) == len(steps) and all(one in {"*", step} for one, step in zip(pattern, steps, strict=True)):
            return names
    return next((OF_ROUTES[step] for step in steps if steps[0] in {"routes", "graphql"} and step in OF_ROUTES), EVERY)
