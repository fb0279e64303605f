"""The catalog in use: providers and compiled mappings by name, and the API for programs that embed them."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dict
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from unified.catalog.load import data_folder
from unified.catalog.paths import provider_names
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import known_names, suggestion
from unified.errors.providers import MappingFailed, ProviderDisabled, ProviderMalformed
from unified.models import MAKING, MODELS, UPSERT, model
from unified.transform.calls.operation import Operation
from unified.transform.checked_files import CheckedFiles
from unified.transform.coverage import as_objects, coverage
from unified.transform.deferred_provider import DeferredProvider, deferred_providers
from unified.transform.mapping import Mapping
from unified.transform.outline import Outline
from unified.transform.prepared_write import PreparedWrite, check_body, prepare_write, provider_body
from unified.transform.provider_catalog import ProviderCatalog, load_provider_catalog
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_object
from unified.transform.requests import first_page, get_request, write_request
from unified.transform.tool_review import is_reviewed
from unified.transform.writes.write import refuse_missing

Part = ProviderCatalog | DeferredProvider
Found = TypeVar("Found")


class ProviderCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the provider receives it, for programs that send it themselves."""

    method: str
    path: str
    """Percent-encoded, relative to the provider's base URL."""
    query: dict[str, Any]
    """Texts, or lists of texts where a key is repeated."""
    headers: dict[str, str]
    body: Any
    """JSON value; None when there is no body."""


class Catalog:
    """Providers and mappings of one folder, checked when they are loaded."""

    def __init__(self, parts: Iterable[Part], *, disabled: Dict[str, CatalogError] | None = None) -> None:
        self._parts = {one.name: one for one in parts}
        self.disabled = dict(disabled or {})
        """Providers whose files could not be loaded, and why."""

    @classmethod
    def load(cls, path: str | Path | None = None) -> "Catalog":
        """Load `providers/` and `mappings/` below a folder; by default, the installed ones.

        Raises:
            CatalogError: Something is invalid; the message gives file, line and column of the first problem.
        """
        loaded = cls.available(path)
        for problem in loaded.disabled.values():
            raise problem
        return loaded

    @classmethod
    def deferred(cls, path: str | Path | None, checks: CheckedFiles) -> "Catalog":
        """Load a folder as `available` does, but compile what was checked before only when it is used.

        Raises:
            CatalogError: There is no such folder.
        """
        found, disabled = deferred_providers(data_folder(path), checks)
        return cls(found, disabled=disabled)

    @classmethod
    def available(cls, path: str | Path | None = None) -> "Catalog":
        """Load a folder as `load` does, but without providers whose files are not valid: these are `disabled`.

        Raises:
            CatalogError: There is no such folder.
        """
        folder = data_folder(path)
        found: list[ProviderCatalog] = []
        disabled: dict[str, CatalogError] = {}
        for name in provider_names(folder):
            try:
                found.append(load_provider_catalog(folder, name))
            except CatalogError as problem:
                disabled[name] = problem
        return cls(found, disabled=disabled)

    def providers(self) -> tuple[str, ...]:
        """Return the names of the providers, sorted."""
        return tuple(sorted(self._parts))

    def refusal(self, name: str) -> ProviderDisabled:
        """Return the refusal of what needs a provider that is disabled."""
        text = f"{name} is disabled, as its files could not be loaded; the operator finds the reason in the log of the start"
        return ProviderDisabled(text)

    def title(self, name: str) -> str:
        """Return a provider's title; its name if it is unknown or disabled."""
        part = self._parts.get(name)
        return name if part is None else part.provider.title

    def models(self) -> tuple[str, ...]:
        """Return the ids of the common models, sorted."""
        return tuple(sorted(MODELS))

    def mappings(self) -> tuple[tuple[str, str], ...]:
        """Return all pairs of provider and model, sorted."""
        return tuple((name, one.model_id) for name in self.providers() for one in self.outlines(name))

    def provider(self, name: str) -> Provider:
        """Return one provider's file.

        Raises:
            CatalogError: The provider is unknown; the message lists the known ones.
            ProviderDisabled: Its files could not be loaded.
        """
        if name in self.disabled:
            raise self.refusal(name)
        if name not in self._parts:
            raise CatalogError(f"unknown provider '{name}'.{suggestion(name, self._parts)}", rule=LoadRule.UNKNOWN_SUBJECT)
        return self._opened(name, lambda part: part.provider)

    def compiled(self, provider: str, model_id: str) -> Mapping:
        """Return one compiled mapping.

        Raises:
            CatalogError: It does not exist; the message lists what exists for the provider.
            ProviderDisabled: The provider's files could not be loaded.
        """
        self.provider(provider)
        if not any(one.model_id == model_id for one in self.outlines(provider)):
            model(model_id)
            known = [one.model_id for one in self.outlines(provider)]
            raise CatalogError(f"no mapping of {model_id} for {provider}.{suggestion(model_id, known)}")
        return self._opened(provider, lambda part: part.mappings)[model_id]

    def offered(self, provider: str) -> tuple[Mapping, ...]:
        """Return every mapping of a provider, ordered by model; none if it is unknown or disabled."""
        if provider not in self._parts:
            return ()
        mappings = self._opened(provider, lambda part: part.mappings)
        return tuple(mappings[name] for name in sorted(mappings))

    def outlines(self, provider: str) -> tuple[Outline, ...]:
        """Return the outlines of a provider's mappings, ordered by model, without compiling them; none if it is unknown."""
        return self._parts[provider].outlines if provider in self._parts else ()

    def _opened(self, provider: str, read: Callable[[Part], Found]) -> Found:
        """Return a part of a provider; a provider whose files turn out not to be valid is disabled from now on."""
        try:
            return read(self._parts[provider])
        except CatalogError as problem:
            self.disabled[provider] = problem
            del self._parts[provider]
            raise self.refusal(provider) from problem

    def reviewed(self, provider: str, model_id: str, method: str) -> bool:
        """Return whether the tool of this method is the reviewed one; otherwise, it is not offered to agents.

        Raises:
            CatalogError: The mapping does not exist.
        """
        mapping = self.compiled(provider, model_id)
        reviews = self._parts[provider].review
        return reviews is not None and is_reviewed(reviews, mapping, method)

    def mapping(self, provider: str, model_id: str) -> "EmbeddedMapping":
        """Return one mapping for embedding: read, call, write, coverage."""
        return EmbeddedMapping(self.compiled(provider, model_id))


class EmbeddedMapping:
    """A mapping without a server: bodies in, records out; queries in, calls out."""

    def __init__(self, compiled: Mapping) -> None:
        self.compiled = compiled

    def read(
        self,
        body: Any,
        operation: str = "list",
        *,
        query: dict[str, Any] | None = None,
        account: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        call: str | None = None,
        before: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Map a provider's body to records of the common model.

        Args:
                body: The decoded JSON response.
                operation: `list` (also `search`, `batch`) for a page; `get`, `create`, `update` or `record` for one object,
                    with or without its envelope.
                query: What the request asked for (`{"ticket_id": "7"}`); without it, fields taken from the request are null.
                account: `{"settings": {...}}` of the connection, for web addresses and the like.
                headers: The response's headers, names in lower case.
                call: The name of the list or get call that returned the body, where several are named.
                before: Results of the calls of `before`, by name.

        Raises:
            MappingFailed: A value does not fit its field; the message names both. Or every list call fails on the body.
            ProviderMalformed: The records are not where the mapping says.
            CatalogError: No call has this name; the message lists the known ones.
        """
        answer = ProviderAnswer(status=200, headers=headers or {}, body=body)
        known = {"query": query or {}, "account": account or {"settings": {}}, "headers": headers or {}}
        bindings = {**(before or {}), **known}
        named = None if call is None else self._named(call)
        operation_used, items = self._items(answer, operation, bindings, named)
        name = operation_used.call.name
        record_bindings = {**bindings, "call": name} if name else bindings
        return self.compiled.shape(operation_used, Query()).mapper(record_bindings)(items)

    def _named(self, name: str) -> Operation:
        calls = (*self.compiled.lists, *self.compiled.choices.get("get", ()))
        known = {one.call.name: one for one in calls if one.call.name and not one.call.parts}
        if name not in known:
            raise CatalogError(f"no call is named `{name}`.{suggestion(name, known)}")
        return known[name]

    def _items(
        self, answer: ProviderAnswer, operation: str, bindings: dict[str, Any], named: Operation | None
    ) -> tuple[Operation, list[Any]]:
        if operation in {"list", "search", "batch"}:
            return self._listed(answer, bindings) if named is None else (named, named.objects(answer, bindings))
        used = named or self._answered_by(operation, bindings)
        item = answer.body if operation == "record" else used.find_item(answer, bindings)
        if not isinstance(item, dict) and operation != "record":
            raise ProviderMalformed(f"{used.where}: expected one object")
        return used, [item]

    def _answered_by(self, operation: str, bindings: dict[str, Any]) -> Operation:
        """Return the call that an object is the answer of: of several calls of a method, the one chosen for the query."""
        method = operation if operation in self.compiled.operations else "get"
        if method not in self.compiled.operations:
            return self.compiled.operation("list")
        if method == UPSERT:
            return self.compiled.operation(UPSERT)  # whichever key it was found by, the answer is the same
        return self.compiled.chosen(method, bindings["query"], bindings)

    def _listed(self, answer: ProviderAnswer, bindings: dict[str, Any]) -> tuple[Operation, list[Any]]:
        """Return the first list call that reads records from a body, and these; one that fails on it is not its call."""
        self.compiled.operation("list")
        calls = [one for one in self.compiled.lists if not one.call.parts]
        failure: MappingFailed | None = None
        for used in calls:
            try:
                items = used.find_items(answer, bindings)
            except MappingFailed as problem:
                failure = failure or problem
                continue
            if items is not None:
                return used, items
        if failure is not None:
            raise failure
        if isinstance(answer.body, list):
            return self.compiled.lists[-1], answer.body
        places = known_names({one.call.items or "the answer itself" for one in calls})
        raise ProviderMalformed(f"{self.compiled.lists[-1].where}: expected a list of records at {places}")

    def call(
        self, operation: str, query: dict[str, Any] | None = None, *, account: dict[str, Any] | None = None
    ) -> ProviderCall:
        """Return the provider's call for a common query (`list`, `get`) or body (`create`, `update`).

        `id` is a key of both; `by` is one of the body of an `upsert`, and names the external key.
        """
        parameters = dict(query or {})
        bindings: dict[str, Any] = {"account": account or {"settings": {}}}
        build = {"list": self._list_call, "get": self._get_call}.get(operation)
        request = build(parameters, bindings) if build else self._write_call(operation, parameters, bindings)
        return provider_call(request)

    def _list_call(self, parameters: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        query = query_from_object(parameters, self.compiled.model)
        return first_page(self.compiled, query, bindings)

    def _get_call(self, parameters: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        record_id = parameters.pop("id", None)
        query = query_from_object(parameters, self.compiled.model)
        return get_request(self.compiled, self.compiled.id_values(record_id), query, bindings)

    def _write_call(self, operation: str, body: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        values = self.compiled.id_values(body.pop("id")) if "id" in body else {}
        bindings |= {"by": body.pop("by", None)} if operation == UPSERT else {}
        write = self._prepared(operation, body, bindings, values)
        return write_request(self.compiled, write, write.bindings)

    def write(
        self,
        body: dict[str, Any],
        operation: str = "create",
        *,
        account: dict[str, Any] | None = None,
        before: dict[str, Any] | None = None,
        by: str | None = None,
    ) -> Any:
        """Return the provider's body for a common one; None without a body. `by` is the external key of an upsert."""
        write = self._prepared(operation, body, {**(before or {}), "account": account or {"settings": {}}, "by": by}, {})
        sent = provider_body(self.compiled, write, write.bindings)
        return None if sent is msgspec.UNSET else sent

    def _prepared(
        self, operation: str, body: dict[str, Any], bindings: dict[str, Any], values: dict[str, Any]
    ) -> PreparedWrite:
        """Return a write that the mapping can send.

        Raises:
            UnsupportedField, ValidationFailed: It cannot, or a field that a create or an upsert requires is null; the service
                refuses that too.
        """
        write = prepare_write(self.compiled, operation, body, bindings, values)
        if operation in MAKING:
            needed = self.compiled.write_calls.required_by(write.operation)
            refuse_missing(body, [one for one in needed if one in body and body[one] is None], self.compiled.model.id)
        check_body(self.compiled, write)
        return write

    def coverage(self) -> dict[str, dict[str, Any]]:
        """Return, for each field: read, created, updated, filtered, sorted, provider paths, sensitivity."""
        return as_objects(coverage(self.compiled))


def provider_call(request: ProviderRequest) -> ProviderCall:
    """Return a request in the form for programs that send it themselves."""
    query: dict[str, Any] = {}
    for name, value in request.query:
        before = query.get(name)
        query[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    body = None if request.body is msgspec.UNSET else request.body
    return ProviderCall(method=request.method, path=request.path, query=query, headers=dict(request.headers), body=body)
