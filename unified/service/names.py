"""Names that people give to things of ours: keys, accounts, tenants, MCP servers."""

from unified.errors import ValidationFailed

MAX_CHARACTERS = 200


def checked_name(name: str) -> str:
    """A display name of 1 to 200 printable characters, or ValidationFailed."""
    if not 1 <= len(name.strip()) <= MAX_CHARACTERS or not name.isprintable():
        raise ValidationFailed(f"name: expected 1 to {MAX_CHARACTERS} printable characters")
    return name.strip()
