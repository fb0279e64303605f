"""Selections of GraphQL: a query asks for the fields that the record needs, and no others."""

import re
from typing import Any

from unified.transform.functions.registry import function
from unified.transform.functions.values import missing, object_of, text_of
from unified_jsonata import UNDEFINED

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
Fields = dict[str, "Fields"]


@function(
    "$selection(['id', 'team.id', 'labels.nodes.name'], {'labels': 'first: 50'})",
    "{ id labels(first: 50) { nodes { name } } team { id } }",
    only_read=(1,),
)
def selection(paths: Any, arguments: Any = UNDEFINED) -> Any:
    """Return the selection of these paths, such as `$reads`; `arguments` are the texts in parentheses, by path.

    A path to an object is left out where paths into it are asked for.
    """
    if missing(paths):
        return paths
    fields: Fields = {}
    for path in paths if isinstance(paths, list) else [paths]:
        below = fields
        for name in text_of("selection", path, "a list of paths").split("."):
            if _NAME.fullmatch(name) is None:
                raise ValueError("$selection: expected names of GraphQL in the paths: letters, digits and `_`")
            below = below.setdefault(name, {})
    texts = {} if arguments is UNDEFINED else object_of("selection", arguments, "an object of texts as arguments")
    return _selected(fields, texts, "")


def _selected(fields: Fields, arguments: dict[str, Any], above: str) -> str:
    parts = []
    for name, below in sorted(fields.items()):
        path = f"{above}{name}"
        given = f"({text_of('selection', arguments[path])})" if path in arguments else ""
        parts.append(f"{name}{given}" + (f" {_selected(below, arguments, f'{path}.')}" if below else ""))
    return f"{{ {' '.join(parts)} }}"
