"""The error for a value that does not fit its field, with the path to the value."""

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
    """A value that does not fit its field; each outer level adds its step to `path`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []

    def under(self, step: str | int) -> "ValueMismatch":
        """Put a key or index in front of the path, and return the error."""
        self.path.insert(0, str(step))
        return self

    @property
    def pointer(self) -> str:
        """JSON pointer to the value (RFC 6901)."""
        return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in self.path)


def type_name(value: Any) -> str:
    """Return the name of the value's JSON type, for messages that must not show the value."""
    for type_, name in TYPE_NAMES.items():
        if isinstance(value, type_):
            return name
    return type(value).__name__


def mismatch(expected: str, value: Any) -> ValueMismatch:
    """Return the error that names what was expected and the type that came."""
    return ValueMismatch(f"expected {expected}, got {type_name(value)}")
