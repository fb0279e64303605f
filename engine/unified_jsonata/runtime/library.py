"""The names that compiled code uses."""

from collections.abc import Mapping
from typing import Any, Final

from unified_jsonata.runtime import calls, groups, numbers, paths, streams, transforms, values
from unified_jsonata.runtime.checks import all_n, all_o, all_s, drop, entries, evaluated, first, joined_list, joined_strings
from unified_jsonata.runtime.function import Function, Tail, bounce
from unified_jsonata.runtime.functions.strings import trimmed
from unified_jsonata.runtime.functions.table import BUILTINS
from unified_jsonata.runtime.plain import ATOMS, plain
from unified_jsonata.runtime.text import text
from unified_jsonata.undefined import UNDEFINED

_FROM: Mapping[Any, str] = {
    values: (
        "Cons DOUBTFUL MARKED Nested Raw Sequence UNBOUND append each equal is_in items keep keep_plain settle settle_kept"
        " settle_raw truthy unequal unwrap"
    ),
    numbers: "add divide greater greater_or_equal less less_or_equal modulo multiply negate subtract",
    paths: "at chosen descendants equal_to flattened getter grouped joined name picked selects span span_size values",
    groups: "distinct_keys first_by group items_or_one key_of only ordered ordered_by sorted_by",
    streams: "stream_at stream_filter stream_group stream_joined stream_step stream_where tuples",
    calls: (
        "HOLE answer applied builtin_function call call_raw fail given given_function null_function partial regex_function"
        " signed tail"
    ),
    transforms: "transform",
}

LIBRARY: Final[Mapping[str, Any]] = {
    "ATOMS": ATOMS,
    "U": UNDEFINED,
    "EMPTY": {},
    "BUILTINS": BUILTINS,
    "Function": Function,
    "Tail": Tail,
    "all_n": all_n,
    "all_o": all_o,
    "all_s": all_s,
    "bounce": bounce,
    "drop": drop,
    "entries": entries,
    "evaluated": evaluated,
    "first": first,
    "joined_list": joined_list,
    "joined_strings": joined_strings,
    "plain": plain,
    "text": text,
    "trimmed": trimmed,
    **{name: getattr(module, name) for module, names in _FROM.items() for name in names.split()},
    **{f"run_{name}": calls.runner(row, others_fit=False) for name, row in BUILTINS.items()},
    **{f"skip_{name}": calls.runner(row, others_fit=True) for name, row in BUILTINS.items()},
    **{f"fn_{name}": row.call for name, row in BUILTINS.items()},
}
"""Name in compiled code -> its value. Constants of a program (k1, k2 …) are added to a copy."""
