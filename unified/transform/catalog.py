"""The catalog in use: providers and compiled mappings by name, and the API for programs that embed them."""

from pathlib import Path
from typing import Any

import msgspec

from unified.catalog.load import CatalogFiles, load_files
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import CatalogError, ProviderMalformed, did_you_mean, known_names
from unified.models import MODELS, model
from unified.transform.check import check_mapping
from unified.transform.coverage import as_objects, coverage
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.query import Query, query_from_object
from unified.transform.requests import first_page, get_request, write_request
from unified.transform.tool_review import check_review, is_reviewed


class ProviderCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the provider gets it, for programs that send it themselves."""

    method: str
    path: str
    """Percent-encoded, below the provider's base URL."""
    query: dict[str, Any]
    """Text, or a list of texts where a key is repeated."""
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
        for name, reviews in files.reviews.items():
            check_review(reviews, {mapping.model.id: mapping for mapping in self.offered(name)})

    @classmethod
    def load(cls, path: str | Path | None = None) -> "Catalog":
        """Load `providers/` and `mappings/` below a folder; without one, those that are installed.

        Raises CatalogError with file, line and column of the first thing that does not hold.
        """
        return cls(load_files(path))

    def providers(self) -> tuple[str, ...]:
        """Names of the providers, sorted."""
        return tuple(sorted(self._files.providers))

    def models(self) -> tuple[str, ...]:
        """Ids of the common models, sorted."""
        return tuple(sorted(MODELS))

    def mappings(self) -> tuple[tuple[str, str], ...]:
        """Pairs of provider and model, sorted."""
        return tuple(sorted(self._compiled))

    def provider(self, name: str) -> Provider:
        """One provider's file; CatalogError names the known ones."""
        return self._files.provider(name)

    def compiled(self, provider: str, model_id: str) -> Mapping:
        """One compiled mapping; CatalogError names what exists for the provider."""
        self.provider(provider)
        model(model_id)
        found = self._compiled.get((provider, model_id))
        if found is None:
            known = [one for name, one in self._compiled if name == provider]
            raise CatalogError(
                f"no mapping of {model_id} for {provider}.{did_you_mean(model_id, known)} Known: {known_names(known)}"
            )
        return found

    def offered(self, provider: str) -> tuple[Mapping, ...]:
        """Every mapping of a provider, by model."""
        return tuple(self._compiled[key] for key in sorted(self._compiled) if key[0] == provider)

    def reviewed(self, provider: str, model_id: str, method: str) -> bool:
        """Whether the tool of this method is what somebody reviewed; if not, no agent is offered it.

        Raises CatalogError when there is no such mapping.
        """
        mapping, reviews = self.compiled(provider, model_id), self._files.reviews.get(provider)
        return reviews is not None and is_reviewed(reviews, mapping, method)

    def mapping(self, provider: str, model_id: str) -> "EmbeddedMapping":
        """One mapping for embedding: read, call, write, coverage."""
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
    ) -> list[dict[str, Any]]:
        """Map a provider's body to records of the common model.

        Args:
            body: the decoded JSON answer.
            operation: `list` (also `search`, `batch`) for a page; `get`, `create`, `update` or `record` for one object,
                with or without its envelope.
            query: what the request asked for (`{"ticket_id": "7"}`); fields that only the request knows are null without it.
            account: `{"settings": {...}}` of the connection, for web addresses and the like.
            headers: the answer's headers, names in lower case.
            call: the name of the list call that brought the body, for mappings that read `$call`.

        Raises:
            MappingFailed: a value does not fit its field; the message names both.
            ProviderMalformed: the records are not where the mapping says.
        """
        answer = ProviderAnswer(status=200, headers=headers or {}, body=body)
        bindings = {"query": query or {}, "account": account or {"settings": {}}, "headers": headers or {}}
        used, items = self._items(answer, operation, bindings)
        shape = self.compiled.shape(used, Query())
        named = call or used.call.name
        seen = {**bindings, "call": named} if named else bindings
        return [shape.record(item, seen) for item in items]

    def _items(self, answer: ProviderAnswer, operation: str, bindings: dict[str, Any]) -> tuple[Operation, list[Any]]:
        if operation in {"list", "search", "batch"}:
            return self._listed(answer, bindings)
        method = operation if operation in self.compiled.operations else "get"
        used = self.compiled.operations.get(method) or self.compiled.operation("list")
        item = answer.body if operation == "record" else used.find_item(answer, bindings)
        if not isinstance(item, dict) and operation != "record":
            raise ProviderMalformed(f"{used.where}: expected one object")
        return used, [item]

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
        """The provider's call for a common query (`list`, `get`) or body (`create`, `update`); `id` stands among the keys."""
        given = dict(query or {})
        bindings: dict[str, Any] = {"account": account or {"settings": {}}}
        build = {"list": self._list_call, "get": self._get_call}.get(operation)
        request = build(given, bindings) if build else self._write_call(operation, given, bindings)
        return _shown(request)

    def _list_call(self, given: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        query = query_from_object(given, self.compiled.model)
        return first_page(self.compiled, query, bindings)

    def _get_call(self, given: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        record_id = given.pop("id", None)
        query = query_from_object(given, self.compiled.model)
        return get_request(self.compiled, record_id, query, bindings)

    def _write_call(self, operation: str, given: dict[str, Any], bindings: dict[str, Any]) -> ProviderRequest:
        values = self.compiled.id_values(given.pop("id")) if "id" in given else {}
        return write_request(self.compiled, operation, given, bindings, values)

    def write(self, body: dict[str, Any], operation: str = "create", *, account: dict[str, Any] | None = None) -> Any:
        """The provider's body for a common one; None when the call sends none."""
        bindings = {"account": account or {"settings": {}}, "query": body}
        sent = self.compiled.provider_body(operation, body, bindings)
        return None if sent is msgspec.UNSET else sent

    def coverage(self) -> dict[str, dict[str, Any]]:
        """Per field: read, created, updated, filtered, sorted, provider paths, sensitivity."""
        return as_objects(coverage(self.compiled))


def _shown(request: ProviderRequest) -> ProviderCall:
    query: dict[str, Any] = {}
    for name, value in request.query:
        before = query.get(name)
        query[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    body = None if request.body is msgspec.UNSET else request.body
    return ProviderCall(method=request.method, path=request.path, query=query, headers=dict(request.headers), body=body)
