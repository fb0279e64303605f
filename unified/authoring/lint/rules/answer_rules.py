"""The rules for what known answers contradict: values that are null, and words that are spelt otherwise.

Known are the answers in golden cases, and those that were recorded.
"""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.flag_rules import conditions_of, is_plain
from unified.authoring.lint.rules.seen_rules import SeenSubject
from unified.transform.compilation.named_calls import calls_in
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Binary, Condition, Name, Node, Path, String, children

EXISTS = "exists"
READS_WORD = {"toCommon": 1}
"""Functions that read a word by an enum → the position of the word."""


def _exists_of_null(subject: SeenSubject) -> Iterator[Found]:
    for place, record in MappingSubject(mapping=subject.mapping).records():
        handled = {_text(record, one) for one in _null_is_handled(record.tree)}
        for _, call in calls_in(record, (EXISTS,)):
            path = call.arguments[0] if call.arguments else call
            text = _text(record, path)
            if text not in handled and _last_name(path) in subject.answers.nulls:
                message = (
                    f"`$exists({text})` is true for null too, which `{text}` is in a known answer: "
                    f"`$exists({text}) and {text} != null`, or test `{text}` itself"
                )
                yield Found(place=place, message=message, offset=call.start)


def _null_is_handled(tree: Node) -> Iterator[Node]:
    """Yield the plain paths that are conditions, compared, or the value of a branch: there, null has its own meaning."""
    left = [tree]
    while left:
        node = left.pop()
        left += children(node)
        tested = list(conditions_of(node))
        if isinstance(node, Binary) and node.operator in {"=", "!=", "in"}:
            tested += [node.left, node.right]
        if isinstance(node, Condition):
            tested += [node.then, *([node.otherwise] if node.otherwise is not None else [])]
        yield from (one for one in tested if is_plain(one))


def _other_case(subject: SeenSubject) -> Iterator[Found]:
    """Report words that answers have in another case only, unless a stand-in or recording has the word as it is, too."""
    for name, key in dict.fromkeys(_words_read(subject)):
        table, seen = subject.mapping.enums.get(name), subject.answers.texts.get(key, frozenset())
        spelt = {one.casefold(): one for one in sorted(seen)}
        for common, natives in table.natives.items() if table is not None else ():
            for native in natives:
                came = spelt.get(native.casefold())
                if came is not None and native not in seen and not subject.has(native):
                    message = f"`{native}` is sent unchanged, but known answers have `{came}`: write it as the provider does"
                    yield Found(place=("enums", name, common), message=message)


def _words_read(subject: SeenSubject) -> Iterator[tuple[str, str]]:
    """Yield each enum by which a record reads a word, and the key of the word in answers."""
    for _, record in MappingSubject(mapping=subject.mapping).records():
        for function, call in calls_in(record, READS_WORD):
            at = READS_WORD[function]
            name = call.arguments[0] if len(call.arguments) > at else None
            key = _last_name(call.arguments[at]) if isinstance(name, String) else None
            if isinstance(name, String) and key is not None:
                yield name.value, key


def _last_name(node: Node) -> str | None:
    if not isinstance(node, Path) or not is_plain(node):
        return None
    last = node.steps[-1].node
    return last.value if isinstance(last, Name) else None


def _text(expression: Expression, node: Node) -> str:
    return expression.source[node.start : node.end]


ANSWER_RULES: tuple[Rule, ...] = (
    Rule(
        code="M112",
        title="null taken for a value",
        explanation="`$exists` is true for a key with null, so what is meant for a value is done for null too. What a known "
        "answer has as null is compared, or tested itself.",
        severity="warning",
        check=_exists_of_null,
    ),
    Rule(
        code="M113",
        title="word in another case",
        explanation="Words are read without regard to case and sent unchanged, as `enums` has them: a provider that knows one "
        "case refuses others, or finds nothing.",
        check=_other_case,
    ),
)
"""Rules on what known answers contradict, in order of their codes."""
