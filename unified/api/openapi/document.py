"""Puts the OpenAPI 3.1 document together: the routes of the handlers, and what installed providers offer of the models."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar.types import ControllerRouterHandler

from unified.api.answers.problems import Problem
from unified.api.openapi.batches import batch_schemas
from unified.api.openapi.credentials import credentials_schemas
from unified.api.openapi.event_schemas import event_schemas, webhook_operations
from unified.api.openapi.links import with_links
from unified.api.openapi.management import ManagementDocument, management_document
from unified.api.openapi.model_operations import fields_models, model_paths
from unified.api.openapi.parts import HEADERS, PARAMETERS, error_responses
from unified.api.openapi.pass_through import pass_through_paths
from unified.api.openapi.refinements import refined
from unified.api.openapi.schemas.enums import REF, enumeration, vocabulary, with_named_enumerations
from unified.api.openapi.schemas.model_schemas import model_schemas
from unified.api.openapi.schemas.normal_form import Schema
from unified.api.openapi.schemas.offers import Offer, offers_of
from unified.api.openapi.schemas.struct_schemas import struct_schemas, structs_in
from unified.api.requests.versions import VERSIONS
from unified.service.access.scope.scopes import Scope
from unified.service.approvals import ApprovalRequired
from unified.service.batch import BatchBody
from unified.service.records.calls.record_warnings import ListWarning
from unified.service.records.schemas.schema_views import Schema as SchemaView
from unified.transform.catalog import Catalog
from unified.version import __version__

DESCRIPTION = """Common models over CRM, HRIS and ticketing products. Records are requested from the provider and mapped
in flight; none of them is stored. Every operation carries tags and a method class (`x-method-class`), which limit keys and
agents. Operations, filters, orders and relations are those of the installed providers (`x-providers`). The header
`Unified-Version` of a request asks for a version of the API (one of `x-api-versions`), and every answer has the header with the
version that answered; docs/versioning.md says what may change within one.

Calls need an API key (`Authorization: Bearer uk_…`). A key is created on the page [API keys](/ui/keys), with `POST /api-keys`
or with `unified keys add`; the demo prints one when it starts. Back to the [pages](/ui)."""
TAGS = {
    "crm": "Accounts, contacts, deals and activities",
    "hris": "Employees, employments, time off",
    "support": "Ticketing: tickets, comments and what belongs to them",
    "directory": "People and groups",
    "benefits": "Benefits and their plans",
    "compensation": "What people earn",
    "payroll": "Payroll runs, payslips and bank accounts",
    "time_off": "Requests, balances and policies of time off",
    "time_tracking": "Hours worked",
    "management": "API keys, accounts and how they are connected",
    "catalog": "What exists, derived from the data files",
    "tools": "The same operations as tools for agents, and as functions to call",
    "proxy": "The provider's own API under the same limits",
    "operations": "For operators",
    "webhooks": "What is sent to the webhooks of a tenant",
}


def openapi_document(handlers: Sequence[ControllerRouterHandler], catalog: Catalog, *, server: str = "/") -> dict[str, Any]:
    """Return the complete document as plain JSON values.

    Args:
        handlers: Every handler of the application.
        catalog: The installed providers and mappings.
        server: The address of the service; by default, that of the document itself.
    """
    offers = offers_of(catalog)
    managed = management_document(handlers)
    paths = with_links(model_paths(offers) | managed.paths | pass_through_paths())
    webhooks = webhook_operations()
    responses = {status: one for status, one in error_responses().items() if status in _answered(paths)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Unified",
            "version": __version__,
            "description": DESCRIPTION,
            "contact": {"name": "The operator of this service", **({} if server == "/" else {"url": server})},
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
            "x-api-versions": list(VERSIONS),
        },
        "servers": [{"url": server}],
        "security": [{"api_key": []}],
        "tags": [{"name": name, "description": TAGS[name]} for name in TAGS if name in _tags(paths, webhooks)],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "securitySchemes": {"api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "uk_…"}},
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": responses,
            "schemas": _used(_schemas(offers, managed, catalog), (paths, webhooks, responses)),
        },
    }


def _tags(*groups: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> set[str]:
    """Return the tags of operations."""
    operations = (one for paths in groups for verbs in paths.values() for one in verbs.values())
    return {tag for one in operations for tag in one["tags"]}


def _answered(paths: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> set[str]:
    """Return the statuses that operations answer."""
    return {status for verbs in paths.values() for one in verbs.values() for status in one["responses"]}


def _schemas(offers: Mapping[str, Offer], managed: ManagementDocument, catalog: Catalog) -> dict[str, Schema]:
    """Return every component: those of the models, of the structs, and the enumerations of all."""
    requests = structs_in((*managed.requests, BatchBody, Scope))
    responses = structs_in((*managed.responses, Problem, ApprovalRequired, ListWarning, SchemaView))
    own = refined(struct_schemas(requests, responses))
    plain = own | credentials_schemas() | event_schemas() | batch_schemas()
    fields = {name: enumeration(words) for name, words in fields_models(offers).items()}
    return vocabulary(catalog) | with_named_enumerations(plain) | managed.schemas | model_schemas(offers) | fields


def _used(schemas: Mapping[str, Schema], parts: Any) -> dict[str, Schema]:
    """Return the components that parts of the document refer to, directly or through others, sorted by name."""
    found: set[str] = set()
    waiting = [parts]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = part.get("$ref", "")
            if isinstance(name, str) and name.startswith(REF) and (own := name.removeprefix(REF)) not in found:
                found.add(own)
                waiting.append(schemas[own])
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part
    return {name: schemas[name] for name in sorted(found)}
