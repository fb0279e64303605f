"""The rules that a compiled mapping must fulfil before it is served; errors give file, line, column and known names."""

from collections.abc import Iterator

from unified.errors.configuration import CatalogError
from unified.transform.calls.operation import Operation
from unified.transform.checks.check_calls import call_problems, choice_problems
from unified.transform.checks.check_declarations import declaration_problems
from unified.transform.checks.check_expressions import call_expression_problems, expression_problems
from unified.transform.checks.check_filters import filter_problems
from unified.transform.checks.check_upserts import upsert_problems
from unified.transform.mapping import Mapping


def check_mapping(mapping: Mapping) -> None:
    """Check a mapping.

    Raises:
        CatalogError: The mapping is invalid; the message gives the first problem.
    """
    problem = next(iter(problems(mapping)), None)
    if problem is not None:
        raise problem


def problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield every problem of a mapping, in the order of the file."""
    yield from expression_problems(mapping)
    yield from filter_problems(mapping)
    for operation in _operations(mapping):
        yield from call_expression_problems(mapping, operation)
        yield from call_problems(mapping, operation)
    yield from choice_problems(mapping)
    yield from upsert_problems(mapping)
    yield from declaration_problems(mapping)


def _operations(mapping: Mapping) -> Iterator[Operation]:
    for operation in mapping.top_calls():
        yield operation
        for inner in operation.inner():
            yield inner
            yield from inner.inner()
