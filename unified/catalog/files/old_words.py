"""Words of data files up to 0.2 and what they are called now, for the loader and for the command that rewrites files."""

COMMAND = "unified migrate-mappings"
_AUTH = ("Bearer", "Basic", "ApiKey", "Parts", "ClientCredentials", "JwtBearer")
OLD_KEYS: dict[str, dict[str, str]] = {
    "MappingDocument": {"single": "at_most_one", "custom": "custom_methods", "custom_keys": "custom_field_pattern"},
    "Call": {
        "via": "from",
        "chain": "from",
        "over": "parents",
        "with": "per_page",
        "each": "per_record",
        "entries": "for_each",
        "created": "new_id",
        "find": "find_new",
        "then": "read_back",
        "recheck": "imprecise",
        "wrap": "body",
    },
    "Provider": {"texts": "translations"},
    "SetupHint": {"kept": "not_secret"},
    **{kind: {"asked": "labels"} for kind in _AUTH},
}
"""The struct that decodes a part of a file → its old keys → the keys that say the same now."""
OLD_NAMES = {"custom": "customFields", "custom_keys": "custom_field_keys"}
"""Names that expressions had with a `$` before → the names that they have now."""


def renamed_key(kind: str, key: str) -> str | None:
    """Return what to do about an old key of a struct, as a sentence; None for a key that never was one."""
    new = OLD_KEYS.get(kind, {}).get(key)
    return None if new is None else f"unknown key `{key}`: it is called `{new}` now. `{COMMAND}` rewrites your files"


def renamed_name(name: str) -> str:
    """Return the part of a message about an unknown `$name` that was a known one; empty for any other."""
    new = OLD_NAMES.get(name)
    return "" if new is None else f" It is called ${new} now: `{COMMAND}` rewrites your files."
