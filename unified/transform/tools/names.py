"""What a tool is called: stable names from method and model, and the words that people read."""

from unified.models import Model

MAX_NAME = 64
"""Characters of a tool's name. MCP allows 128 (2026-07-28, server/tools), function calling APIs allow 64."""
_SOUNDS = tuple("aeio")
"""First letters before which "an" stands; `user` begins with the sound of y."""


def tool_name(model: Model, method: str) -> str:
    """The tool of a method, such as `list_crm_contacts`, `get_crm_contact` or `cancel_hris_time_off_request`."""
    return f"{method}_{model.category}_{model.plural if method == 'list' else model.singular}"


def many(model: Model) -> str:
    """The model's records in words: `time off requests`."""
    return model.plural.replace("_", " ")


def one(model: Model) -> str:
    """One of the model's records in words, with its article: `a time off request`."""
    word = model.singular.replace("_", " ")
    return f"{'an' if word.startswith(_SOUNDS) else 'a'} {word}"


def title(model: Model, method: str, product: str) -> str:
    """The heading of a tool for people: `List contacts (HubSpot)`."""
    what = many(model) if method == "list" else model.singular.replace("_", " ")
    return f"{method.replace('_', ' ').capitalize()} {what} ({product})"
