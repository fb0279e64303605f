"""Names and descriptions of tools: a sentence for the method, one for the model, and the text that the mapping adds."""

import re

from unified.models import UPSERT, Model
from unified.transform.mapping import Mapping

MAX_NAME = 64
"""Characters of a tool's name. MCP allows 128 (2026-07-28, server/tools), function-calling APIs allow 64."""
_SOUNDS = tuple("aeio")
"""First letters that take the article "an"; `user` begins with the sound of y."""
MAX_FIELD_TEXT = 100
"""Characters of a field's description in a schema."""
_BRACKETS = re.compile(r"\b(filter|remote_query)((?:\[\w+\])+)")
_METHODS = {
    "list": "List {many} in {product}, one page at a time.",
    "get": "Get {one} from {product} by id.",
    "create": "Create {one} in {product}.",
    "update": "Update {one} in {product}. Pass only the fields to change; null clears a field.",
    "upsert": "Create {one} in {product}, or update the one that has the same external key. Pass only the fields to set.",
    "delete": "Delete {one} from {product}.",
}


def describe(mapping: Mapping, method: str) -> str:
    """Return the description of a tool; for a custom method, the mapping's text alone."""
    own = end_sentence(to_argument_paths(" ".join(mapping.file.document.describe.get(method, "").split())))
    model, product = mapping.model, mapping.provider.title
    if method not in _METHODS:
        return own if product in own else f"{product}: {own}"
    action = _METHODS[method].format(many=plural(model), one=singular(model), product=product)
    return " ".join(part for part in (action, describe_model(model), own) if part)


def describe_model(model: Model) -> str:
    """Return what one record is: the model's name and the first paragraph of its docstring."""
    paragraph = " ".join(model.description.partition("\n\n")[0].split())
    name = model.singular.replace("_", " ").capitalize()
    return f"{name}: {paragraph[:1].lower()}{paragraph[1:]}" if paragraph else ""


def to_argument_paths(text: str) -> str:
    """Replace URL parameters by paths of arguments: `filter[amount][gte]` becomes `filter.amount.gte`."""
    return _BRACKETS.sub(lambda match: match[1] + match[2].replace("][", ".").replace("[", ".").replace("]", ""), text)


def truncate(text: str) -> str:
    """Cut a text at a word boundary, so that schemas stay small."""
    if len(text) <= MAX_FIELD_TEXT:
        return text
    return text[:MAX_FIELD_TEXT].rpartition(" ")[0].rstrip(",;:(") + "…"


def end_sentence(text: str) -> str:
    """Add a full stop to a text that has no end mark."""
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def tool_name(model: Model, method: str) -> str:
    """Return the name of a method's tool: `list_crm_contacts`, `get_crm_contact`, `cancel_hris_time_off_request`."""
    return f"{method}_{model.category}_{model.plural if method == 'list' else model.singular}"


def plural(model: Model) -> str:
    """Return the model's plural in words: `time off requests`."""
    return model.plural.replace("_", " ")


def singular(model: Model) -> str:
    """Return the model's singular in words, with its article: `a time off request`."""
    word = model.singular.replace("_", " ")
    return f"{'an' if word.startswith(_SOUNDS) else 'a'} {word}"


def title(model: Model, method: str, product: str) -> str:
    """Return the title of a tool for people: `List contacts (HubSpot)`."""
    records = plural(model) if method == "list" else model.singular.replace("_", " ")
    act = "Create or update" if method == UPSERT else method.replace("_", " ").capitalize()
    return f"{act} {records} ({product})"
