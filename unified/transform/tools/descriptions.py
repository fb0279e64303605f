"""What a tool is called and how it is described: a sentence for the method, one for the model, and what the mapping adds."""

import re

from unified.models import Model
from unified.transform.mapping import Mapping

MAX_NAME = 64
"""Characters of a tool's name. MCP allows 128 (2026-07-28, server/tools), function calling APIs allow 64."""
_SOUNDS = tuple("aeio")
"""First letters before which "an" stands; `user` begins with the sound of y."""
MAX_FIELD_TEXT = 100
"""Characters of a field's description in a schema."""
_BRACKETS = re.compile(r"\b(filter|remote_query)((?:\[\w+\])+)")
_METHODS = {
    "list": "Lists {many} of {product}, a page at a time.",
    "get": "Gets {one} of {product} by its id.",
    "create": "Creates {one} in {product}.",
    "update": "Changes {one} in {product}: only the fields given; null clears a field.",
    "delete": "Deletes {one} in {product}.",
}


def description(mapping: Mapping, method: str) -> str:
    """What a tool does. A custom method has no text but the one that its mapping gives."""
    own = ended(as_arguments(" ".join(mapping.file.document.describe.get(method, "").split())))
    model, product = mapping.model, mapping.provider.title
    if method not in _METHODS:
        return own if product in own else f"{product}: {own}"
    said = _METHODS[method].format(many=many(model), one=one(model), product=product)
    return " ".join(part for part in (said, model_text(model), own) if part)


def model_text(model: Model) -> str:
    """What one record is: the first paragraph of the model's docstring, behind the model's name."""
    paragraph = " ".join(model.description.partition("\n\n")[0].split())
    name = model.singular.replace("_", " ").capitalize()
    return f"{name}: {paragraph[:1].lower()}{paragraph[1:]}" if paragraph else ""


def as_arguments(text: str) -> str:
    """Conditions as a tool takes them: `filter[amount][gte]` of a URL is `filter.amount.gte` among arguments."""
    return _BRACKETS.sub(lambda found: found[1] + found[2].replace("][", ".").replace("[", ".").replace("]", ""), text)


def bounded(text: str, most: int = MAX_FIELD_TEXT) -> str:
    """A text cut at a word, so that schemas stay small."""
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0].rstrip(",;:(") + "…"


def ended(text: str) -> str:
    """The text as a sentence."""
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


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
