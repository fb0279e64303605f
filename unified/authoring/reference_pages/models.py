"""docs/reference/models.md, from the common models."""

from unified.authoring.reference_pages.tables import code, table
from unified.models import MODELS, Field, Model

HEAD = """\
# Common models

Generated from `unified/models/` by `unified docs`. Access: rw is settable on create and update, c on create only, ro
is read only. Fields of class sensitive and secret are hidden from a key unless its scope names the class. A field
that a provider does not have is null; `/schema` of a model says which. Fields with the same information are hidden together:
a key that may not see one of them does not see the other.
"""


def models_page() -> str:
    """Return the page."""
    index = table(
        ("model", "methods", "tags"),
        (
            (f"[{one.id}](#{one.id.replace('.', '')})", ", ".join((*one.operations, *one.custom)), ", ".join(one.tags))
            for one in MODELS.values()
        ),
    )
    return "\n".join([HEAD, index, *(_section(one) for one in MODELS.values())])


def _section(model: Model) -> str:
    rows = [row for field in model.fields for row in _rows(field)]
    columns = ("field", "type", "access", "class", "hidden with", "description")
    return f"## {model.id}\n\n{model.description}\n\n{table(columns, rows)}"


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
