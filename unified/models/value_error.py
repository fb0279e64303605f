"""A value that does not fit its field, on its way up to the message that names the place."""

from typing import Any

TYPE_NAMES: dict[type, str] = {
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    dict: "object",
    list: "list",
    type(None): "nothing",
}


class ValueMismatch(Exception):
    """What was expected and what came; each level around it adds its step to `path`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []

    def under(self, step: str | int) -> "ValueMismatch":
        """Put a key or an index before the path, going outwards."""
        self.path.insert(0, str(step))
        return self

    @property
    def pointer(self) -> str:
        """The JSON pointer to the value, with `~` and `/` in keys escaped as RFC 6901 says."""
        return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in self.path)


def type_name(value: Any) -> str:
    """Name the JSON type of a value, never the value."""
    for type_, name in TYPE_NAMES.items():
        if isinstance(value, type_):
            return name
    return type(value).__name__


def unfit(expected: str, value: Any) -> ValueMismatch:
    """Say what was expected and which type came."""
    return ValueMismatch(f"expected {expected}, got {type_name(value)}")
