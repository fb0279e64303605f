"""Reviews of tool definitions: what is to be read of a provider, and the file that says what was read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from unified.authoring.workspace import model_names, offered, open_provider, provider_names
from unified.catalog.files.source import Source
from unified.catalog.review import Digests, ReviewFile, load_review, review_path
from unified.errors.configuration import CatalogError
from unified.errors.names import suggestion
from unified.models import model
from unified.transform.mapping import Mapping
from unified.transform.tool_review import is_reviewed
from unified.transform.tools import ToolDefinition, define, documented

State = Literal["new", "changed", "gone"]
HEAD = """\
# yaml-language-server: $schema=../../schemas/review.json
# The reviewed tool definitions of {provider}, by digest. Agents get only these tools.
# Written by `unified review {provider} --accept`, after reading the output of `unified review {provider}`. A changed
# description or input schema has another digest, and its tool is not offered until it is reviewed again.
"""


class OpenReview(msgspec.Struct, frozen=True, kw_only=True):
    """One operation with a definition other than the reviewed one."""

    provider: str
    model: str
    method: str
    state: State
    """new: never reviewed; changed: reviewed as something else; gone: reviewed, but no longer there."""
    definition: ToolDefinition | None
    """None when it is gone."""


def unreviewed(file: ReviewFile, mapping: Mapping) -> tuple[str, ...]:
    """Return the documented methods of a mapping without a review of their current definition."""
    return tuple(one for one in mapping.methods if documented(mapping, one) and not is_reviewed(file, mapping, one))


def review_file(folder: Path, provider: str) -> ReviewFile:
    """Return the review file of a provider; one that says nothing when there is none yet."""
    path = review_path(folder, provider)
    if path.exists():
        return load_review(path, {provider: open_provider(folder, provider)})
    name = f"mappings/{provider}/{path.name}"
    empty = Source(name=name, content=None, keys={}, values={}, lines=())
    return ReviewFile(provider=provider, digests={}, source=empty)


def open_reviews(
    folder: Path, provider: str | None = None, model_id: str | None = None, *, every: bool = False
) -> tuple[OpenReview, ...]:
    """Return what is to be read: of one provider or all, of one model or all; by provider, model and method.

    With `every`, tools that are reviewed are among them, for a second reading.

    Raises CatalogError for an unknown name, and for a mapping that does not load.
    """
    if model_id is not None:
        _require_model(folder, provider, model_id)
    names = provider_names(folder) if provider is None else (open_provider(folder, provider).name,)
    found = (one for name in names for one in _open(_reviewed(folder, name, every=every), offered(folder, [name])))
    return tuple(one for one in found if model_id is None or one.model == model_id)


def _reviewed(folder: Path, provider: str, *, every: bool) -> ReviewFile:
    found = review_file(folder, provider)
    return msgspec.structs.replace(found, digests={}) if every else found


def _open(file: ReviewFile, mappings: tuple[Mapping, ...]) -> Iterator[OpenReview]:
    present = {(mapping.model.id, one) for mapping in mappings for one in mapping.methods if documented(mapping, one)}
    for mapping in mappings:
        for method in unreviewed(file, mapping):
            state: State = "new" if file.digest(mapping.model.id, method) is None else "changed"
            yield _one(file, mapping.model.id, method, state, define(mapping, method))
    gone = ((model_id, method) for model_id, methods in file.digests.items() for method in methods)
    yield from (_one(file, *name, "gone", None) for name in gone if name not in present)


def _one(file: ReviewFile, model_id: str, method: str, state: State, definition: ToolDefinition | None) -> OpenReview:
    return OpenReview(provider=file.provider, model=model_id, method=method, state=state, definition=definition)


def accept(folder: Path, shown: tuple[OpenReview, ...]) -> tuple[Path, ...]:
    """Record that what was shown is reviewed; return the files that were written."""
    written = []
    for provider in sorted({one.provider for one in shown}):
        digests = _accepted(review_file(folder, provider), [one for one in shown if one.provider == provider])
        path = review_path(folder, provider)
        if any(digests.values()):
            path.write_text(review_text(provider, digests, offered(folder, [provider])), encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
        written.append(path)
    return tuple(written)


def _accepted(file: ReviewFile, shown: list[OpenReview]) -> Digests:
    digests = {model_id: dict(methods) for model_id, methods in file.digests.items()}
    for one in shown:
        if one.definition is None:
            digests[one.model].pop(one.method)
        else:
            digests.setdefault(one.model, {})[one.method] = one.definition.digest
    return digests


def review_text(provider: str, digests: Digests, mappings: tuple[Mapping, ...]) -> str:
    """Return the file's text: models by name, methods as their mapping has them, so that a change is a change of few lines."""
    order = {mapping.model.id: mapping.methods for mapping in mappings}
    lines = [HEAD.format(provider=provider)]
    for model_id, methods in sorted(digests.items()):
        known = order.get(model_id, ())
        names = [*(name for name in known if name in methods), *sorted(methods.keys() - set(known))]
        lines += [f"{model_id}:\n"] if names else []
        lines += [f"  {name}: {methods[name]}\n" for name in names]
    return "".join(lines)


def _require_model(folder: Path, provider: str | None, model_id: str) -> None:
    known = model_names(folder, provider) if provider is not None else ()
    if model(model_id) and provider is not None and model_id not in known:
        raise CatalogError(f"no mapping of {model_id} for {provider}.{suggestion(model_id, known)}")
