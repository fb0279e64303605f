"""Where another engine answers otherwise and is wrong, or is not followed by design: each with an example and our value.

jsonata-python is a port of npm's engine and has most of its faults.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from benchmarks.jsonata.fuzzing.outcome import Outcome
from benchmarks.jsonata.fuzzing.outcome import ours as evaluated
from unified.jsonata import UNDEFINED, JsonataError, Node, parse
from unified.jsonata.names import CONTEXT_ARITY
from unified.jsonata.syntax.tree import (
    Block,
    Call,
    Condition,
    Filter,
    Group,
    Lambda,
    Number,
    Object,
    Predicate,
    String,
    children,
)

BOTH: Final = frozenset({"node", "jsonata-python"})
NPM: Final = frozenset({"node"})
PORT: Final = frozenset({"jsonata-python"})
ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
EXACT: Final = 2**53
CODE: Final = re.compile("[STDU][0-9]{4}")
"""What the error codes of the language look like."""
Explains = Callable[[str, Any, Outcome, Outcome], bool]
Without = Callable[[str, Any], tuple[str, Any]]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One known difference.

    It is recognised by `explains` (source, document, our outcome, the other's), or by its vanishing when source and
    document are changed by `without`.
    """

    name: str
    why: str
    oracles: frozenset[str]
    source: str
    document: Any = UNDEFINED
    ours: Any = UNDEFINED
    """Our value for the example; with `code`, our error."""
    code: str | None = None
    explains: Explains | None = None
    without: Without | None = None


def _folded(value: Any, fold: Callable[[Any], Any]) -> Any:
    """A document with every scalar and key replaced."""
    if isinstance(value, dict):
        return {fold(key): _folded(item, fold) for key, item in value.items()}
    return [_folded(item, fold) for item in value] if isinstance(value, list) else fold(value)


def _doubles(source: str, document: Any) -> tuple[str, Any]:
    """Integers as JavaScript reads them."""

    def double(value: Any) -> Any:
        big = isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT
        return float(value) if big else value

    return source, _folded(document, double)


def _plain_characters(source: str, document: Any) -> tuple[str, Any]:
    """No characters that JavaScript counts twice, where there is a regular expression."""
    if "/" not in source:
        return source, document
    return ASTRAL.sub("é", source), _folded(document, lambda one: ASTRAL.sub("é", one) if isinstance(one, str) else one)


def _no_empty_groups(source: str, document: Any) -> tuple[str, Any]:
    """No empty arrays in the document, where there is a grouping or an object whose keys are computed."""
    try:
        groups = any(_groups(node) for node in _every(parse(source)))
    except JsonataError:
        groups = False
    return source, _filled({} if document == [] else document) if groups else document


def _groups(node: Node) -> bool:
    computed = isinstance(node, Object) and not all(isinstance(pair.key, String) for pair in node.pairs)
    return isinstance(node, Group) or computed


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _every(child)


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


def _no_code(_source: str, _document: Any, _mine: Outcome, other: Outcome) -> bool:
    """It failed by an exception of its host language, wherever."""
    return other.code is not None and not CODE.fullmatch(other.code)


def _nulls(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """There are predicates, and without the nulls that stand for UNDEFINED in the other's arrays both are the same."""
    if mine.code is not None or other.code is not None or not _predicates(source):
        return False
    one, two = _gone(mine.value), _gone(other.value)
    return two in (one, [one])


def _predicates(source: str) -> list[Filter]:
    """The predicates of an expression that are no literal positions, the last first."""
    try:
        nodes = list(_every(parse(source)))
    except JsonataError:
        return []
    found = [one for one in nodes if isinstance(one, Filter) and not isinstance(one.expression, Number)]
    return sorted(found, key=lambda one: -one.start)


def _no_constant_predicates(source: str, document: Any) -> tuple[str, Any]:
    """No predicates that are true for nothing."""
    for one in _predicates(source):
        asked = evaluated(source[one.expression.start : one.expression.end], UNDEFINED)
        if asked.code is None and asked.value not in (False, 0, UNDEFINED, None):
            source = source[: one.start] + source[one.end :]
    return source, document


def _context_given(source: str, document: Any) -> tuple[str, Any]:
    """Functions that take the context for their argument are given it."""
    text = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''
    source = re.sub(rf"\$eval\(({text})\)", r"$eval(\1, $)", source)
    return re.sub(r"\$([a-zA-Z0-9]+)\(\)", _called_with_context, source), document


def _called_with_context(call: re.Match[str]) -> str:
    return f"${call[1]}($)" if call[1] in CONTEXT_ARITY else call[0]


def _keys_in_order(source: str, document: Any, mine: Outcome, other: Outcome) -> bool:
    """Both are the same but for the order, and there are keys that are integers."""
    if mine.code is not None or other.code is not None:
        return False
    integers = re.search(r'"[0-9]+"', json.dumps([source, mine.value, document], default=repr).replace("\\", ""))
    return integers is not None and bool(_ordered(mine.value) == _ordered(other.value))


def _ordered(value: Any) -> Any:
    """A value with its arrays in an order of their own."""
    if isinstance(value, dict):
        return {key: _ordered(item) for key, item in sorted(value.items())}
    return sorted((_ordered(item) for item in value), key=repr) if isinstance(value, list) else value


def _gone(value: Any) -> Any:
    """A value without nulls in arrays, and without arrays that are empty then."""
    if isinstance(value, dict):
        return {key: kept for key, item in value.items() if (kept := _gone(item)) is not UNDEFINED}
    if isinstance(value, list):
        return [kept for item in value if item is not None and (kept := _gone(item)) is not UNDEFINED] or UNDEFINED
    return value


def _strings(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _tuples(_source: str, _document: Any, _mine: Outcome, other: Outcome) -> bool:
    return '"@":' in json.dumps(other.value, default=repr)


def _nulls_of_an_empty_array(source: str, document: Any, mine: Outcome, other: Outcome) -> bool:
    """There are objects and empty arrays, and without the nulls in the other's arrays both are the same."""
    if mine.code is not None or other.code is not None or _filled([document]) == [document] or "{" not in source:
        return False
    return bool(_gone(mine.value) == _gone(other.value))


def _no_groups_of_nothing(source: str, document: Any) -> tuple[str, Any]:
    """Groupings of one object where they are of nothing."""
    try:
        groups = [node for node in _every(parse(source)) if isinstance(node, Group)]
    except JsonataError:
        groups = []
    for one in sorted(groups, key=lambda group: -group.start):
        base = evaluated(source[one.base.start : one.base.end], document)
        if base.code is None and base.value in (UNDEFINED, []):
            source = f"{source[: one.base.start]}[{{}}]{source[one.base.end :]}"
    return source, document


def _alone(source: str, document: Any, mine: Outcome, other: Outcome) -> bool:
    """The document is an array of one value, there is an object, and both are the same without such arrays."""
    if mine.code is not None or other.code is not None or not isinstance(document, list) or len(document) != 1:
        return False
    return "{" in source and bool(_unlisted(mine.value) == _unlisted(other.value))


def _unlisted(value: Any) -> Any:
    """A value whose arrays of one are that one."""
    if isinstance(value, dict):
        return {key: _unlisted(item) for key, item in value.items()}
    if isinstance(value, list):
        return _unlisted(value[0]) if len(value) == 1 else [_unlisted(item) for item in value]
    return value


def _last_digit(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """Two numbers that are neighbours, of a power."""
    numbers = all(isinstance(one.value, float) for one in (mine, other))
    return "$power" in source and numbers and math.isclose(mine.value, other.value, rel_tol=4e-16)


def _handed_on(source: str, _document: Any, mine: Outcome, _other: Outcome) -> bool:
    """A lambda ends with a block in brackets whose last part is a call."""
    try:
        nodes = list(_every(parse(source)))
    except JsonataError:
        return False
    return mine.code is None and any(_forgets(part) for node in nodes if isinstance(node, Lambda) for part in _ends(node.body))


def _ends(node: Node) -> Iterator[Node]:
    """The nodes whose value a node may hand on as its own."""
    yield node
    if isinstance(node, Block) and node.expressions:
        yield from _ends(node.expressions[-1])
    if isinstance(node, Condition):
        for branch in (node.then, node.otherwise):
            yield from _ends(branch) if branch is not None else ()


def _forgets(node: Node) -> bool:
    if not isinstance(node, Predicate) or not node.filters or not isinstance(node.base, Block):
        return False
    return any(isinstance(end, Call) for end in _ends(node.base))


def _partial(source: str, _document: Any, mine: Outcome, _other: Outcome) -> bool:
    return re.search(r"\?\s*[,)]", source) is not None and mine.code in {"T0410", "T0411", "T0412"}


def _changed_array(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    if "|" not in source or mine.code is not None:
        return False
    return other.code in {"T2011", "T2012"} or (other.code is None and bool(_gone(other.value) == _gone(mine.value)))


KNOWN: Final[tuple[Known, ...]] = (
    Known(
        name="integers over 2**53 keep every digit",
        why="by design: ids of 17 and more digits must pass through unchanged; JavaScript rounds them",
        oracles=NPM,
        source="id",
        document={"id": 12345678901234567890},
        ours=12345678901234567890,
        without=_doubles,
    ),
    Known(
        name="an astral character is one character of a regular expression",
        why="by design: JavaScript without its flag u sees two halves, and may cut between them",
        oracles=NPM,
        source="$count($match(text, /./))",
        document={"text": "😀"},
        ours=1,
        without=_plain_characters,
    ),
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
        name="the value of a group of nothing",
        why="its path is gone through once, although its context is nothing; here a path over nothing gives nothing",
        oracles=NPM,
        source='missing{"x": $string(1).$}',
        document={},
        ours={},
        without=_no_groups_of_nothing,
    ),
    Known(
        name="an object at the beginning of a path, over a document that is an array of one value",
        why="the context of the object is that value there, and the array where the object stands by itself; here the array",
        oracles=NPM,
        source='{"a": $}.$',
        document=[None],
        ours={"a": [None]},
        explains=_alone,
    ),
    Known(
        name="the last digit of a power",
        why="the two languages round the last bit of a power that is no integer otherwise",
        oracles=NPM,
        source="$power(2, 2.5)",
        document={},
        ours=2**2.5,
        explains=_last_digit,
    ),
    Known(
        name="brackets behind a block that hands on a call",
        why="the last call of a lambda is made after the brackets were applied to it, so that they select nothing or all",
        oracles=NPM,
        source="$map([1, 2], function($v) { ($map([3, 4], function($w) { $v }))[0] })",
        document={},
        ours=[1, 2],
        explains=_handed_on,
    ),
    Known(
        name="a predicate that is true for nothing",
        why="an undefined value is selected and stands in the result, as null; ours has no undefined values in arrays",
        oracles=NPM,
        source='tags["x"][]',
        document={},
        explains=_nulls,
        without=_no_constant_predicates,
    ),
    Known(
        name="keys that are integers keep their place",
        why="by design: keys stand in the order of the document or the expression; JavaScript puts integers first",
        oracles=NPM,
        source='$keys({"b": 1, "1": 2})',
        document={},
        ours=["b", "1"],
        explains=_keys_in_order,
    ),
    Known(
        name="the context of a callback's last call",
        why="by design: a lambda sees the context of the place where it stands; the reference forgets it for the last call",
        oracles=NPM,
        source="$map([1], function($v) { $uppercase() })",
        document="a",
        ours="A",
        without=_context_given,
    ),
    Known(
        name="a path that begins with one string of an array",
        why="the engine goes through the characters of the string; of a number or an object it goes on with nothing, as ours does",
        oracles=NPM,
        source="['ab', 1][0].$",
        document={},
        explains=lambda source, _document, mine, other: "][" in source and mine.value is UNDEFINED and _strings(other.value),
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
        name="a regular expression asked twice",
        why="`?:` evaluates its left side twice, and the engine's expression goes on where it stopped the first time",
        oracles=NPM,
        source="$contains(text, /[0-9]{2}/) ?: 0",
        document={"text": "19"},
        ours=True,
        explains=lambda source, _document, _mine, _other: "?:" in source and "/" in source,
    ),
    Known(
        name="a transform that leads out of its copy",
        why="by design: the document is never changed; the reference changes it where the pattern reads from $$",
        oracles=NPM,
        source='[($ ~> |$$|{"x": 1}|), $]',
        document={},
        ours=[{}, {}],
        explains=lambda source, _document, _mine, _other: "|" in source and "$$" in source,
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
        name="arguments given in part are checked",
        why="by design: a function made by partial application checks its arguments as the function itself does",
        oracles=NPM,
        source='$substring(?, "x")("abc")',
        code="T0410",
        explains=_partial,
    ),
    Known(
        name="a transform of an array",
        why="it sets and deletes properties of an array as if it were an object",
        oracles=NPM,
        source='$ ~> |nested|{"a": 1}, $|',
        document={"nested": [[]]},
        ours={"nested": [[]]},
        explains=_changed_array,
    ),
    Known(
        name="a transform of what is no object",
        why="it sets a property of a string, a number or null, which is refused; ours leaves such values alone",
        oracles=BOTH,
        source='$ ~> |tags|{"seen": true}|',
        document={"tags": ["a"]},
        ours={"tags": ["a"]},
        explains=_thrown("|"),
    ),
    Known(
        name="an exception of JavaScript's own",
        why="npm's engine stumbles over its own data; what the language says is what ours answers",
        oracles=NPM,
        source='($f := function($v, $k)<s-n?>{ $ }; "x" ~> $f(3)) ?? $',
        document=[],
        ours=[],
        explains=_no_code,
    ),
    Known(
        name="an exception of Python's own",
        why="jsonata-python stumbles over its own null, here while it sorts",
        oracles=PORT,
        source="$sort(people, function($a, $b) { $a.x > $b.x })",
        document={"people": [None, 1]},
        ours=[None, 1],
        explains=_no_code,
    ),
)
