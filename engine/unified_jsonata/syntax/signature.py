"""The `<…>` after a function's parameters: only what the language refuses at parse time."""


def check_signature(text: str) -> str | None:
    """Return the error code of a signature such as `<s-n?:s>`, or None.

    S0401: a type parameter on a type that is neither function nor array. S0402: one inside a choice.
    """
    previous, at = "", 1
    while at < len(text) - 1 and text[at] != ":":
        char = text[at]
        if char == "(":
            opened, at = at, _closing(text, at, "(", ")")
            if "<" in text[opened:at]:
                return "S0402"
        elif char == "<":
            if previous not in ("a", "f"):
                return "S0401"
            at = _closing(text, at, "<", ">")
        if char not in "-?+":
            previous = char
        at += 1
    return None


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    """Return the offset of the bracket that closes the one at `start`, or the last offset."""
    depth = 0
    for at in range(start, len(text)):
        depth += {opening: 1, closing: -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text) - 1
