"""The reference page of all functions, generated from the registry so that it cannot become outdated."""

import inspect
import json

from unified.transform.functions import FAMILIES, FUNCTIONS, NULL_PASSES, Function

_HEAD = """# Functions

In addition to JSONata's own functions, expressions in mappings can use these. A missing main argument gives missing, and
null gives null, unless stated otherwise. In mappings, null also gives null in these functions of the language, which fail
on it elsewhere: {nulls}. A value of the wrong type, or text over 1,000,000 characters, is refused with the function's name
and what was expected.

The tests run every example on this page.
"""


def render_functions() -> str:
    """Return the whole content of `docs/functions.md`."""
    head = _HEAD.format(nulls=", ".join(f"`${name}`" for name in NULL_PASSES))
    return "\n".join([head, *(_family(module.__name__, module.__doc__ or "") for module in FAMILIES)])


def _family(module: str, doc: str) -> str:
    family = module.rpartition(".")[2]
    entries = [_entry(one) for one in FUNCTIONS.values() if one.family == family]
    return "\n".join([f"## {family.capitalize()}\n", doc.strip().partition("\n")[0] + "\n", *entries])


def _entry(one: Function) -> str:
    more = inspect.getdoc(one.call) or ""
    details = " ".join(more.partition("\n\n")[2].split())
    lines = [f"### `${one.name}({_parameters(one)})`", one.summary, details]
    lines.append(f"```jsonata\n{one.example}\n```\n\ngives `{json.dumps(one.result, ensure_ascii=False)}`")
    return "\n\n".join(line for line in lines if line) + "\n"


def _parameters(one: Function) -> str:
    parameters = inspect.signature(one.call).parameters.values()
    return ", ".join(p.name + ("" if p.default is inspect.Parameter.empty else "?") for p in parameters)
