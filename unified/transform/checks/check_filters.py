"""The rules that the filter tables of a compiled mapping must fulfil before it is served."""

from collections.abc import Iterator

from unified.catalog.files.source import DocumentPath
from unified.catalog.filter_rows import Rows
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import known_names
from unified.transform.dialects import DIALECTS
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_table import row_problems


def filter_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield what is wrong with the filter table of a file and with the rows that list calls add to it."""
    document = mapping.file.document
    tables: list[tuple[DocumentPath, Rows]] = [(("filters",), document.filters)]
    for place, call in mapping.file.calls():
        if call.filters and place[0] == "list" and len(place) == len(("list", 0)):
            tables.append(((*place, "filters"), call.filters))
        elif call.filters:
            yield mapping.file.source.error(
                (*place, "filters"),
                "`filters` are rows for a list call: remove them here",
                key=True,
                rule=LoadRule.FILTER_TABLE,
            )
    for place, rows in tables:
        yield from _table(mapping, place, rows)
    if document.filters and mapping.provider.dialect and not any(_sends(mapping, index) for index in range(len(mapping.lists))):
        message = "no list call sends `$filters`, so none of these conditions is applied: read it in `query` or `body`"
        yield mapping.file.source.error(("filters",), message, key=True, rule=LoadRule.FILTER_TABLE)


def _table(mapping: Mapping, place: DocumentPath, rows: Rows) -> Iterator[CatalogError]:
    name = mapping.provider.dialect
    if rows and name is None:
        message = f"`filters` need a `dialect` in providers/{mapping.provider.name}.yaml. Known: {known_names(DIALECTS)}"
        yield mapping.file.source.error(place, message, key=True, rule=LoadRule.FILTER_TABLE)
    elif name is not None:
        for row, message in row_problems(rows, mapping.model, DIALECTS[name], mapping.words):
            yield mapping.file.source.error((*place, row), f"filter `{row}`: {message}", key=True, rule=LoadRule.FILTER_TABLE)


def _sends(mapping: Mapping, index: int) -> bool:
    operation = mapping.lists[index]
    sending = (one for one in (operation.query, operation.headers, operation.body) if one is not None)
    return any(use.name == "filters" for one in sending for use in one.analysis.variables)
