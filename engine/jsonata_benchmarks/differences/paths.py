"""Differences about paths: predicates, groups, order, parents, and arrays where they begin."""

import json
from typing import Any, Final

from jsonata_benchmarks.differences import rewrites
from jsonata_benchmarks.differences.known import BOTH, NPM, Explains, Known, folded, gone
from jsonata_benchmarks.outcome import Outcome
from jsonata_benchmarks.outcome import ours as evaluated
from unified_jsonata import UNDEFINED
from unified_jsonata.syntax.tree import Filter, Group, Node, Number, Object, String


def _no_empty_groups(source: str, document: Any) -> tuple[str, Any]:
    """No empty arrays in the document, where there is a grouping or an object whose keys are computed."""
    groups = any(_groups(node) for node in rewrites.every(source))
    return source, _filled({} if document == [] else document) if groups else document


def _groups(node: Node) -> bool:
    computed = isinstance(node, Object) and not all(isinstance(pair.key, String) for pair in node.pairs)
    return isinstance(node, Group) or computed


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items() if item != []}
    return [_filled(item) for item in value if item != []] if isinstance(value, list) else value


def _thrown(words: str) -> Explains:
    """It failed by an exception of its host language, which `$eval` turns into D3121, not by an error of JSONata."""

    def explains(source: str, _document: Any, _mine: Outcome, other: Outcome) -> bool:
        inside = other.code == "D3121" and "$eval" in source
        return words in source and (inside or other.code in {"JS TypeError", "TypeError"})

    return explains


def _nulls(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """There are predicates, and without the nulls that stand for UNDEFINED in the other's arrays both are the same."""
    if mine.code is not None or other.code is not None or not _predicates(source):
        return False
    one, two = gone(mine.value), gone(other.value)
    return two in (one, [one])


def _predicates(source: str) -> list[Filter]:
    """The predicates of an expression that are no literal positions, the last first."""
    found = [one for one in rewrites.every(source) if isinstance(one, Filter) and not isinstance(one.expression, Number)]
    return sorted(found, key=lambda one: -one.start)


def _tuples(_source: str, _document: Any, _mine: Outcome, other: Outcome) -> bool:
    return '"@":' in json.dumps(other.value, default=repr)


def _nulls_of_an_empty_array(source: str, document: Any, mine: Outcome, other: Outcome) -> bool:
    """There are objects and empty arrays, and without the nulls in the other's arrays both are the same."""
    if mine.code is not None or other.code is not None or _filled([document]) == [document] or "{" not in source:
        return False
    return bool(gone(mine.value) == gone(other.value) or _without_nulls(mine.value) == _without_nulls(other.value))


def _without_nulls(value: Any) -> Any:
    """Return a value without nulls in arrays, and without those in the texts that arrays have become."""
    return gone(folded(value, lambda one: one.replace("[null]", "[]") if isinstance(one, str) else one))


def _no_groups_of_nothing(source: str, document: Any) -> tuple[str, Any]:
    """Groupings of one object where they are of nothing."""
    groups = [node for node in rewrites.every(source) if isinstance(node, Group)]
    for one in sorted(groups, key=lambda group: -group.start):
        base = evaluated(source[one.base.start : one.base.end], document)
        if base.code is None and base.value in (UNDEFINED, []):
            source = f"{source[: one.base.start]}[{{}}]{source[one.base.end :]}"
    return source, document


PATHS: Final[tuple[Known, ...]] = (
    Known(
        name="an array filtered to nothing, then mapped and kept as an array",
        why="it marks what is undefined as an array, which is refused",
        oracles=BOTH,
        source='[a, b][$ > 5].{"n": $}[]',
        document={"a": 1, "b": 2},
        explains=_thrown("[]"),
    ),
    Known(
        name="grouping an empty array changes the document",
        why="it adds an undefined value to the array that it groups, and the array is the document's own",
        oracles=BOTH,
        source="(tags{$: $}; $count(tags))",
        document={"tags": []},
        ours=0,
        without=_no_empty_groups,
    ),
    Known(
        name="an object over an empty array changes it",
        why="as a grouping does: what stands behind the object sees a null in the array that is the document's own",
        oracles=NPM,
        source='{"a": {"b": $}, "c": $}',
        document=[],
        ours={"a": {}, "c": []},
        explains=_nulls_of_an_empty_array,
    ),
    Known(
        name="an object over a document that is an empty array",
        why="the same, where the null cannot be told from the result: a group of another empty array leaves the document alone",
        oracles=NPM,
        source='$length({"a": {"b": 2}, "c": $} & "")',
        document=[],
        ours=20,
        without=rewrites.no_objects_over_nothing,
    ),
    Known(
        name="a group that is forgotten",
        why="the group behind a lambda's last call is not applied, nor one behind a number in brackets",
        oracles=NPM,
        source='$map([1], function($v) { $string($v){"a": $} })',
        document={},
        ours={"a": "1"},
        without=rewrites.no_forgotten_groups,
    ),
    Known(
        name="the value of a group of nothing",
        why="its path is gone through once, although its context is nothing; here a path over nothing gives nothing",
        oracles=NPM,
        source='missing{"x": $string(1).$}',
        document={},
        ours={},
        without=_no_groups_of_nothing,
    ),
    Known(
        name="a predicate that is true for nothing",
        why="an undefined value is selected and stands in the result, as null; ours has no undefined values in arrays",
        oracles=NPM,
        source='tags["x"][]',
        document={},
        explains=_nulls,
        without=rewrites.predicates_of_something,
    ),
    Known(
        name="a path that begins with one string of an array",
        why="the engine goes through the characters of the string; of a number or an object it goes on with nothing, as ours does",
        oracles=NPM,
        source="['ab', 1][0].$",
        document={},
        without=rewrites.beginnings_apart,
    ),
    Known(
        name="a % before ~> or an order-by",
        why="the engine does not look for the step that it belongs to, and has nothing there",
        oracles=NPM,
        source='owner.{"a": % ~> $type()}',
        document={"owner": 1},
        ours={"a": "object"},
        without=rewrites.parents_in_calls,
    ),
    Known(
        name="a group or a predicate behind an order-by that knows variables",
        why="the order forgets them, and the engine's own tuples are grouped or asked about",
        oracles=NPM,
        source='tags@$v^(1){"x": $v}',
        document={"tags": ["a", "b"]},
        ours={"x": ["a", "b"]},
        without=rewrites.no_order_of_variables,
    ),
    Known(
        name="a parent that cannot be",
        why="by design: a % that has no parent is an error; the reference leaves some of them undefined",
        oracles=NPM,
        source="% ~> $map($string)",
        document={},
        code="S0217",
        explains=lambda _source, _document, mine, _other: mine.code == "S0217",
    ),
    Known(
        name="a % in the predicates of * alone",
        why="the engine takes the % for one without a step, although it has found the step",
        oracles=NPM,
        source="*[$type(%) = 'object']",
        document={"a": 1},
        ours=1,
        without=rewrites.wildcards_in_paths,
    ),
    Known(
        name="the tuples of a path in its group",
        why="an order-by in a path with % lets the engine's own tuples out into the result",
        oracles=NPM,
        source='parts.%^(1){"x": $}',
        document=[{"parts": [1, 2]}],
        ours={"x": [{"parts": [1, 2]}, {"parts": [1, 2]}]},
        explains=_tuples,
    ),
    Known(
        name="* in an array that begins a path",
        why="the context is wrapped in an array there, which * goes through, the engine's own mark included",
        oracles=NPM,
        source="[*].$",
        document={"a": 1},
        ours=1,
        without=rewrites.wildcards_apart,
    ),
)
