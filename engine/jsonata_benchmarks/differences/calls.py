"""Differences about calls, callbacks, transforms, and exceptions of the host language, which are asked about last."""

import re
from typing import Any, Final

from jsonata_benchmarks.differences import rewrites
from jsonata_benchmarks.differences.known import BOTH, CODE, NPM, PORT, Explains, Known, gone
from jsonata_benchmarks.outcome import Outcome, as_text
from unified_jsonata.names import CONTEXT_ARITY
from unified_jsonata.syntax.tree import Block, Call, Lambda, Node, Predicate


def _thrown(words: str) -> Explains:
    """It failed by an exception of its host language, which `$eval` turns into D3121, not by an error of JSONata."""

    def explains(source: str, _document: Any, _mine: Outcome, other: Outcome) -> bool:
        inside = other.code == "D3121" and "$eval" in source
        return words in source and (inside or other.code in {"JS TypeError", "TypeError"})

    return explains


def _no_code(_source: str, _document: Any, _mine: Outcome, other: Outcome) -> bool:
    """It failed by an exception of its host language, wherever."""
    return other.code is not None and not CODE.fullmatch(other.code)


def _context_given(source: str, document: Any) -> tuple[str, Any]:
    """Functions that take the context for their argument are given it."""
    text = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''
    source = re.sub(rf"\$eval\(({text})\)", r"$eval(\1, $)", source)
    return re.sub(r"\$([a-zA-Z0-9]+)\(\)", _called_with_context, source), document


def _called_with_context(call: re.Match[str]) -> str:
    return f"${call[1]}($)" if call[1] in CONTEXT_ARITY else call[0]


def _handed_on(source: str, _document: Any, mine: Outcome, _other: Outcome) -> bool:
    """A lambda ends with a block in brackets whose last part is a call."""
    return mine.code is None and any(
        _forgets(part) for node in rewrites.every(source) if isinstance(node, Lambda) for part in rewrites.ends(node.body)
    )


def _forgets(node: Node) -> bool:
    if not isinstance(node, Predicate) or not node.filters or not isinstance(node.base, Block):
        return False
    return any(isinstance(end, Call) for end in rewrites.ends(node.base))


def _member_functions(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """There are `in` and a function, and one says yes where the other says no."""
    return (
        " in " in source
        and "function" in source
        and mine.code is None
        and other.code is None
        and _settled(mine) == _settled(other)
    )


def _settled(outcome: Outcome) -> str:
    return as_text(outcome.value).replace("true", "false")


def _copied_functions(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """There are a transform and a function, and the other has empty texts where ours has nothing."""
    if mine.code is not None or other.code is not None or "|" not in source or "function" not in source:
        return False
    return bool(_texts(mine.value) == _texts(other.value))


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, item in value.items() if (kept := _texts(item)) is not None}
    return [_texts(item) for item in value] if isinstance(value, list) else None if value == "" else value


def _changed_array(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    if "|" not in source or mine.code is not None:
        return False
    return other.code in {"T2011", "T2012"} or (other.code is None and bool(gone(other.value) == gone(mine.value)))


CALLS: Final[tuple[Known, ...]] = (
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
        name="brackets behind a block that hands on a call",
        why="a lambda's last call is made, or its value taken out of its array, after the brackets were applied to it",
        oracles=NPM,
        source="$map([1, 2], function($v) { ($map([3, 4], function($w) { $v }))[0] })",
        document={},
        ours=[1, 2],
        explains=_handed_on,
        without=rewrites.calls_settled,
    ),
    Known(
        name="a function in what a transform copies",
        why="by design: a function in an array is null; the engine copies by way of JSON, where it becomes an empty text",
        oracles=NPM,
        source="[function() { 1 }] ~> |$|{}|",
        document={},
        ours=[None],
        explains=_copied_functions,
    ),
    Known(
        name="a function in an array is no member of it",
        why="by design: an array that may be a result holds JSON, so a function put there is null; the reference keeps the function",
        oracles=BOTH,
        source="($f := function() { 1 }; $f in [$f])",
        document={},
        ours=False,
        explains=_member_functions,
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
        name="arguments given in part are checked",
        why="by design: a function made by partial application checks its arguments as the function itself does",
        oracles=NPM,
        source='$substring(?, "x")("abc")',
        code="T0410",
        without=rewrites.arguments_open,
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
        name="an object with functions only",
        why="by design: functions are no part of a result, and `?:` asks about the object as it would be one",
        oracles=NPM,
        source='{"a": function() { 1 }} ?: 1',
        document={},
        ours=1,
        without=rewrites.no_functions_in_objects,
    ),
    Known(
        name="a transform of what is no object",
        why="it sets a property of a string, a number or null, which is refused; ours leaves such values alone",
        oracles=BOTH,
        source='$ ~> |tags|{"seen": true}|',
        document={"tags": ["a"]},
        ours={"tags": ["a"]},
        explains=_thrown("|"),
        without=rewrites.updates_of_objects,
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
