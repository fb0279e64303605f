"""The table of `$name` functions; the decorator below is the only way to add to it."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from unified_jsonata.runtime.supplied import promises

Call = TypeVar("Call", bound=Callable[..., Any])


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One function as authors know it; `result` is what the engine returns for `example`."""

    name: str
    """Without the `$`, in camelCase."""
    call: Callable[..., Any]
    family: str
    """The name of its module; pages group functions by it."""
    summary: str
    """The first paragraph of the docstring."""
    example: str
    """JSONata source."""
    result: Any
    """JSON."""


FUNCTIONS: dict[str, Function] = {}
"""Maps a name without `$` to its function; filled while the families are imported."""


def function(
    example: str, result: Any, *, only_read: tuple[int, ...] = (), first_filled: bool = False
) -> Callable[[Call], Call]:
    """Register a function under its own name: `from_epoch` becomes `$fromEpoch`, `list_` becomes `$list`.

    Its results must be plain JSON, or UNDEFINED as a whole: the engine does not look inside.

    Args:
        example: JSONata source that shows a call.
        result: What the engine returns for it.
        only_read: Positions of arguments that are no part of a result, so that the engine makes tables of literals once.
        first_filled: Whether the first argument that is neither missing, null nor empty text is the result.
    """

    def register(call: Call) -> Call:
        name = _camel(call.__name__)
        paragraph = (call.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]
        FUNCTIONS[name] = Function(
            name=name,
            call=call,
            family=call.__module__.rpartition(".")[2],
            summary=" ".join(paragraph.split()),
            example=example,
            result=result,
        )
        return promises(plain=True, only_read=only_read, first_filled=first_filled)(call)

    return register


def _camel(name: str) -> str:
    first, *rest = name.strip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
