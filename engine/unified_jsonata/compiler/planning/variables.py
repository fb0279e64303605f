"""How the variables of an expression are bound and read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from unified_jsonata.compiler.planning.survey import Survey
from unified_jsonata.syntax.tree import Bind, Call, Index, Lambda, Name, Path, Predicate, Step, Variable

LISTS = frozenset(("map", "filter", "reduce", "single", "count", "join", "sum", "sort", "distinct", "append", "reverse", "max"))
"""Functions with arguments that are lists."""


class Variables(msgspec.Struct, frozen=True, kw_only=True):
    """The variables of a whole expression by name, without `$`: a name may be bound in several scopes."""

    uses: Mapping[str, Sequence[bool]]
    """For each place where it is read, whether it is called there."""
    first: Mapping[str, int]
    """Where it is read first."""
    bound: Mapping[str, int]
    """How often anything binds it."""
    parameters: Mapping[str, int]
    """How many lambdas have it as a parameter."""
    lookups: Mapping[str, int]
    """How often `$lookup` looks into it."""
    records: frozenset[str]
    """Those that names are read from, and that nothing takes for a list."""
    streams: bool
    """Whether a path binds one on its way."""

    @property
    def by_name(self) -> bool:
        """Whether `$eval` may read any of them by its name."""
        return "eval" in self.uses

    def is_only_looked_up(self, name: str) -> bool:
        """Return whether a variable is used for nothing but `$lookup`."""
        if self.by_name or "lookup" in self.bound:
            return False
        return len(self.uses.get(name, ())) == self.lookups.get(name, 0) and self.bound.get(name) == 1


def variables(found: Survey) -> Variables:
    """Return how the variables of a surveyed expression are used."""
    on_the_way = list(_bound_on_the_way(found))
    parameters = [name for one in found.of(Lambda) for name in one.parameters]
    first: dict[str, int] = {}
    for one in found.of(Variable):
        first.setdefault(one.name, one.start)
    return Variables(
        uses=_uses(found),
        first=first,
        bound=Counter(chain((one.name for one in found.of(Bind)), parameters, on_the_way)),
        parameters=Counter(parameters),
        lookups=Counter(_looked_up(found)),
        records=frozenset(_records(found)) - frozenset(_lists(found)),
        streams=bool(on_the_way),
    )


def _uses(found: Survey) -> dict[str, list[bool]]:
    called = {id(one.function) for one in found.of(Call)}
    uses: dict[str, list[bool]] = {}
    for one in found.of(Variable):
        uses.setdefault(one.name, []).append(id(one) in called)
    return uses


def _bound_on_the_way(found: Survey) -> Iterator[str]:
    """Yield the names that paths bind by `@` and `#`."""
    yield from (one.name for one in found.of(Index) if one.name is not None)
    yield from (name for one in found.of(Step) for name in (one.focus, one.index) if name is not None)


def _looked_up(found: Survey) -> Iterator[str]:
    for one in found.of(Call):
        table = one.arguments[0] if one.arguments and _function(one) == "lookup" else None
        if isinstance(table, Variable):
            yield table.name


def _records(found: Survey) -> Iterator[str]:
    """Yield the variables that names are read from."""
    return (one.steps[0].node.name for one in found.of(Path) if isinstance(one.steps[0].node, Variable) and _reads_a_name(one))


def _lists(found: Survey) -> Iterator[str]:
    """Yield the variables that a path goes through, a predicate chooses from, or a function takes as a list."""
    for path in found.of(Path):
        first = path.steps[0].node
        if isinstance(first, Variable) and not _reads_a_name(path):
            yield first.name
    yield from (one.base.name for one in found.of(Predicate) if isinstance(one.base, Variable))
    for call in found.of(Call):
        if _function(call) in LISTS:
            yield from (one.name for one in call.arguments if isinstance(one, Variable))


def _reads_a_name(path: Path) -> bool:
    """Return whether a path reads a name from its first value, and nothing chooses from that."""
    return not path.steps[0].stages and len(path.steps) > 1 and isinstance(path.steps[1].node, Name)


def _function(call: Call) -> str:
    """Return the name of the function that a call calls; empty if it is not a variable."""
    return call.function.name if isinstance(call.function, Variable) else ""
