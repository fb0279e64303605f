"""The catalog in use: providers and compiled mappings by name, and the API for programs that embed them."""

from pathlib import Path
from typing import Any

import msgspec

from unified.catalog.load import CatalogFiles, load_files
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.configuration import CatalogError
from unified.errors.names import known_names, suggestion
from unified.errors.providers import ProviderMalformed
from unified.models import MODELS, UPSERT, model
from unified.transform.check import check_mapping
from unified.transform.coverage import as_objects, coverage
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.query import Query
from unified.transform.query_reading import query_from_object
from unified.transform.requests import first_page, get_request, write_request
from unified.transform.tool_review import check_review, is_reviewed


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
    """Providers and mappings of one folder, checked and compiled when they are loaded."""

    def __init__(self, files: CatalogFiles) -> None:
        self._files = files
        self._compiled = {
            (file.provider, file.model): Mapping(file, files.provider(file.provider), model(file.model))
            for file in files.mappings
        }
        for mapping in self._compiled.values():
            check_mapping(mapping)
            self._check_parents(mapping)
        for name, reviews in files.reviews.items():
            check_review(reviews, {mapping.model.id: mapping for mapping in self.offered(name)})

    def _check_parents(self, mapping: Mapping) -> None:
        """Raise CatalogError for a list over parents that the provider does not list."""
        for one in mapping.lists:
            parent = self._compiled.get((mapping.provider.name, one.call.over or ""))
            if one.call.over is not None and (parent is None or not parent.lists):
                listed = [model for name, model in self._compiled if name == mapping.provider.name]
                message = f"the provider has no list of `{one.call.over}`. Mappings: {known_names(listed)}"
                raise mapping.file.source.error((*one.place, "over"), message)
            if parent is not None and (parent.lists[-1].call.chain or parent.lists[-1].before):
                message = f"the last list of `{one.call.over}` has a `chain` or `before`, so its records cannot be parents"
                raise mapping.file.source.error((*one.place, "over"), message)

    @classmethod
    def load(cls, path: str | Path | None = None) -> "Catalog":
        """Load `providers/` and `mappings/` below a folder; by default, the installed ones.

        Raises:
            CatalogError: Something is invalid; the message gives file, line and column of the first problem.
        """
        return cls(load_files(path))

    def providers(self) -> tuple[str, ...]:
        """Return the names of the providers, sorted."""
        return tuple(sorted(self._files.providers))

    def models(self) -> tuple[str, ...]:
        """Return the ids of the common models, sorted."""
        return tuple(sorted(MODELS))

    def mappings(self) -> tuple[tuple[str, str], ...]:
        """Return all pairs of provider and model, sorted."""
        return tuple(sorted(self._compiled))

    def provider(self, name: str) -> Provider:
        """Return one provider's file.

        Raises:
            CatalogError: The provider is unknown; the message lists the known ones.
        """
        return self._files.provider(name)

    def compiled(self, provider: str, model_id: str) -> Mapping:
        """Return one compiled mapping.

        Raises:
            CatalogError: It does not exist; the message lists what exists for the provider.
        """
        self.provider(provider)
        model(model_id)
        mapping = self._compiled.get((provider, model_id))
        if mapping is None:
            known = [one for name, one in self._compiled if name == provider]
            raise CatalogError(f"no mapping of {model_id} for {provider}.{suggestion(model_id, known)}")
        return mapping

    def offered(self, provider: str) -> tuple[Mapping, ...]:
        """Return every mapping of a provider, ordered by model."""
        return tuple(self._compiled[key] for key in sorted(self._compiled) if key[0] == provider)

    def reviewed(self, provider: str, model_id: str, method: str) -> bool:
        """Return whether the tool of this method is the reviewed one; otherwise, it is not offered to agents.

        Raises:
            CatalogError: The mapping does not exist.
        """
        mapping, reviews = self.compiled(provider, model_id), self._files.reviews.get(provider)
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
                call: The name of the list call that returned the body, where several are named.
                before: Results of the calls of `before`, by name.

        Raises:
            MappingFailed: A value does not fit its field; the message names both.
            ProviderMalformed: The records are not where the mapping says.
            CatalogError: No list call has this name; the message lists the known ones.
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
        known = {one.call.name: one for one in self.compiled.lists if one.call.name and not one.call.chain}
        if name not in known:
            raise CatalogError(f"no list call is named `{name}`.{suggestion(name, known)}")
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
        self.compiled.operation("list")
        for used in self.compiled.lists:
            if used.call.chain:
                continue
            items = used.find_items(answer, bindings)
            if items is not None:
                return used, items
        if isinstance(answer.body, list):
            return self.compiled.lists[-1], answer.body
        places = known_names({one.call.items or "the answer itself" for one in self.compiled.lists if not one.call.chain})
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
        return get_request(self.compiled, record_id, query, bindings)

    def _write_call(self, operation: str, body: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        values = self.compiled.id_values(body.pop("id")) if "id" in body else {}
        bindings |= {"by": body.pop("by", None)} if operation == UPSERT else {}
        return write_request(self.compiled, operation, body, bindings, values)

    def write(
        self,
        body: dict[str, Any],
        operation: str = "create",
        *,
        account: dict[str, Any] | None = None,
        before: dict[str, Any] | None = None,
        by: str | None = None,
    ) -> Any:
        """Return the provider's body for a common one; None when the call sends none. `by` is the external key of an upsert."""
        bindings = {**(before or {}), "account": account or {"settings": {}}, "query": body, "by": by}
        provider_body = self.compiled.provider_body(operation, body, bindings)
        return None if provider_body is msgspec.UNSET else provider_body

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
