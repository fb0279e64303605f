"""docs/reference/models.md, from the common models."""

from collections.abc import Iterator, Sequence

from unified.authoring.reference_pages.tables import code, table
from unified.models import MODELS, Field, Model
from unified.transform.list_options import ModelFilter, ModelOptions, model_options, names_with_providers
from unified.transform.mapping import Mapping

HEAD = """\
# Common models

Generated from `unified/models/` by `unified docs`. Access: rw is settable on create and update, c on create only, ro
is read only. Fields of class sensitive and secret are hidden from a key unless its scope names the class. A field
that a provider does not have is null; `/schema` of a model says which. Fields with the same information are hidden together:
a key that may not see one of them does not see the other.

The second table of a model has its filters. A provider applies the operators that are named next to it. Unified tests all
other operators on the mapped records, about 1,000 of them for one response, and says so in `meta.warnings`. All names of a
filter mean the same. `/schema` of a model says what a connection takes, without what the key may not see.
"""


def models_page(mappings: Sequence[Mapping]) -> str:
    """Return the page; `mappings` say what the installed providers filter, sort and expand."""
    index = table(
        ("model", "methods", "tags"),
        (
            (f"[{one.id}](#{one.id.replace('.', '')})", ", ".join((*one.operations, *one.custom)), ", ".join(one.tags))
            for one in MODELS.values()
        ),
    )
    return "\n".join([HEAD, index, *(_section(one, mappings) for one in MODELS.values())])


def _section(model: Model, mappings: Sequence[Mapping]) -> str:
    rows = [row for field in model.fields for row in _rows(field)]
    columns = ("field", "type", "access", "class", "hidden with", "description")
    takes = model_options(model, mappings)
    parts = [f"## {model.id}\n", f"{model.description}\n", table(columns, rows), *_lists(takes)]
    return "\n".join(parts)


def _lists(takes: ModelOptions) -> Iterator[str]:
    """Yield what lists of a model take, and which providers have it."""
    if takes.filters:
        rows = (_filter_row(one) for one in takes.filters)
        yield table(("filter", "other names", "applied by the provider", "by Unified, for"), rows)
    named = {"Query parameters": takes.parameters, "`sort`": takes.sort, "`expand`": takes.expand}
    lines = [f"{what}: {names_with_providers(names)}." for what, names in named.items() if names]
    if lines:
        yield "\n\n".join(lines) + "\n"


def _filter_row(one: ModelFilter) -> tuple[str, ...]:
    native = "; ".join(f"{provider} ({', '.join(operators)})" for provider, operators in one.native.items())
    return (f"`filter[{one.name}]`", code(f"filter[{name}]" for name in one.also), native, ", ".join(one.emulated))


def _rows(field: Field, above: str = "") -> list[tuple[str, ...]]:
    name = f"{above}{field.name}"
    sensitivity = "" if field.sensitivity == "none" else field.sensitivity
    access = "" if above else field.access
    twins = "" if above else code(field.twins)
    row = (f"`{name}`", _type(field), access, sensitivity, twins, field.description)
    below = [one for inner in field.nested for one in _rows(inner, f"{name}{'[]' if field.is_list else ''}.")]
    return [row, *below]


def _type(field: Field) -> str:
    kind = code(field.enum) if field.enum else field.kind
    reference = f" of {field.reference}" if field.reference else ""
    return f"list of {kind}{reference}" if field.is_list else kind + reference
