"""Every function of the language with its signature: the one list that compiler and runtime work from."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from unified_jsonata.runtime.functions import (
    arrays,
    clock,
    control,
    higher_order,
    late,
    numbers,
    objects,
    patterns,
    strings,
    urls,
)
from unified_jsonata.runtime.signature import Signature, signature


class Builtin(msgspec.Struct, frozen=True, kw_only=True):
    """One function. `call` takes the budget and arguments that the signature has accepted.

    `arity` is how many arguments it is given as a callback. `answers` are the letters of what it may answer, `m` for
    UNDEFINED. `mute`: UNDEFINED as first argument gives UNDEFINED, so that nothing else needs to be looked at.
    """

    name: str
    signature: Signature
    arity: int
    call: Callable[..., Any]
    answers: str
    mute: bool

    @property
    def calls_back(self) -> bool:
        """Whether it may call one of its arguments."""
        return any(one.kind == "f" or (one.kind == "(" and "f" in one.pattern) for one in self.signature.parameters)


def _row(name: str, text: str, arity: int, call: Callable[..., Any], answers: str, *, mute: bool = True) -> Builtin:
    return Builtin(name=name, signature=signature(text), arity=arity, call=call, answers=answers, mute=mute)


_ROWS = (
    _row("string", "<x-b?:s>", 1, strings.string, "sm"),
    _row("length", "<s-:n>", 1, strings.length, "nm"),
    _row("lowercase", "<s-:s>", 1, strings.lowercase, "sm"),
    _row("uppercase", "<s-:s>", 1, strings.uppercase, "sm"),
    _row("trim", "<s-:s>", 1, strings.trim, "sm"),
    _row("substring", "<s-nn?:s>", 3, strings.substring, "sm"),
    _row("substringBefore", "<s-s:s>", 2, strings.substring_before, "sm"),
    _row("substringAfter", "<s-s:s>", 2, strings.substring_after, "sm"),
    _row("pad", "<s-ns?:s>", 3, strings.pad, "sm"),
    _row("join", "<a<s>s?:s>", 1, strings.join, "sm"),
    _row("match", "<s-f<s:o>n?:a<o>>", 3, patterns.match, "aom"),
    _row("contains", "<s-(sf):b>", 2, patterns.contains, "bm"),
    _row("replace", "<s-(sf)(sf)n?:s>", 4, patterns.replace, "sm"),
    _row("split", "<s-(sf)n?:a<s>>", 3, patterns.split, "am"),
    _row("base64encode", "<s-:s>", 1, urls.base64_encode, "sm"),
    _row("base64decode", "<s-:s>", 1, urls.base64_decode, "sm"),
    _row("encodeUrlComponent", "<s-:s>", 1, urls.encode_component, "sm"),
    _row("encodeUrl", "<s-:s>", 1, urls.encode_url, "sm"),
    _row("decodeUrlComponent", "<s-:s>", 1, urls.decode_component, "sm"),
    _row("decodeUrl", "<s-:s>", 1, urls.decode_url, "sm"),
    _row("formatNumber", "<n-so?:s>", 3, late.format_number, "sm"),
    _row("formatBase", "<n-n?:s>", 2, late.format_base, "sm"),
    _row("formatInteger", "<n-s:s>", 2, late.format_integer, "sm"),
    _row("parseInteger", "<s-s:n>", 2, late.parse_integer, "nm"),
    _row("number", "<(nsb)-:n>", 1, numbers.number, "nm"),
    _row("abs", "<n-:n>", 1, numbers.absolute, "nm"),
    _row("floor", "<n-:n>", 1, numbers.floor, "nm"),
    _row("ceil", "<n-:n>", 1, numbers.ceil, "nm"),
    _row("round", "<n-n?:n>", 2, numbers.rounded, "nm"),
    _row("sqrt", "<n-:n>", 1, numbers.square_root, "nm"),
    _row("power", "<n-n:n>", 2, numbers.power, "nm"),
    _row("random", "<:n>", 0, numbers.random, "n", mute=False),
    _row("sum", "<a<n>:n>", 1, numbers.total, "nm"),
    _row("average", "<a<n>:n>", 1, numbers.average, "nm"),
    _row("max", "<a<n>:n>", 1, numbers.largest, "nm"),
    _row("min", "<a<n>:n>", 1, numbers.smallest, "nm"),
    _row("count", "<a:n>", 1, arrays.count, "n", mute=False),
    _row("append", "<xx:a>", 2, arrays.append, "x", mute=False),
    _row("reverse", "<a:a>", 1, arrays.reverse, "am"),
    _row("shuffle", "<a:a>", 1, arrays.shuffle, "am"),
    _row("distinct", "<x:x>", 1, arrays.distinct, "x"),
    _row("zip", "<a+>", 0, arrays.zipped, "a", mute=False),
    _row("sort", "<af?:a>", 2, patterns.sort, "am"),
    _row("map", "<af>", 2, higher_order.map_values, "x"),
    _row("filter", "<af>", 2, higher_order.filter_values, "x"),
    _row("single", "<af?>", 2, higher_order.single, "x"),
    _row("reduce", "<afj?:j>", 3, higher_order.reduce, "x"),
    _row("each", "<o-f:a>", 2, higher_order.each, "x"),
    _row("sift", "<o-f?:o>", 2, higher_order.sift, "om"),
    _row("keys", "<x-:a<s>>", 1, objects.keys, "asm"),
    _row("lookup", "<x-s:x>", 2, objects.lookup, "x"),
    _row("merge", "<a<o>:o>", 1, objects.merge, "om"),
    _row("spread", "<x-:a<o>>", 1, objects.spread, "x"),
    _row("clone", "<(oa)-:o>", 1, objects.clone, "oam"),
    _row("boolean", "<x-:b>", 1, control.boolean, "bm"),
    _row("not", "<x-:b>", 1, control.negation, "bm"),
    _row("exists", "<x:b>", 1, control.exists, "b", mute=False),
    _row("type", "<x:s>", 1, control.kind, "sm"),
    _row("error", "<s?:x>", 1, control.error, "m", mute=False),
    _row("assert", "<bs?:x>", 2, control.assertion, "m", mute=False),
    _row("eval", "<sx?:x>", 2, control.evaluation, "x", mute=False),
    _row("now", "<s?s?:s>", 2, clock.now, "s", mute=False),
    _row("millis", "<:n>", 0, clock.millis, "n", mute=False),
    _row("toMillis", "<s-s?:n>", 2, late.to_millis, "nm"),
    _row("fromMillis", "<n-s?s?:s>", 3, late.from_millis, "sm"),
)

BUILTINS: Final[Mapping[str, Builtin]] = {row.name: row for row in _ROWS}
"""Name without `$` -> the function."""
