"""Puts the OpenAPI 3.1 document together."""

from collections.abc import Sequence
from typing import Any

from litestar.types import ControllerRouterHandler

from unified.api.openapi.management import management_document
from unified.api.openapi.operations import model_paths
from unified.api.openapi.parts import HEADERS, PARAMETERS, error_responses, shared_schemas
from unified.api.openapi.pass_through import pass_through_paths
from unified.api.openapi.schemas import REF, model_schemas
from unified.models import MODELS
from unified.version import __version__

DESCRIPTION = """Common models over CRM, HRIS and ticketing products. Records are requested from the provider and mapped
in flight; none of them is stored. Every operation carries tags and a method class (`x-method-class`), which limit keys and
agents."""
TAGS = {
    "crm": "Accounts, contacts, deals and activities",
    "hris": "Employees, employments, time off",
    "support": "Tickets and comments",
    "directory": "People and groups",
    "management": "API keys, accounts and how they are connected",
    "catalog": "What exists, derived from the data files",
    "tools": "The same operations as tools for agents, and as functions to call",
    "proxy": "The provider's own API under the same limits",
    "operations": "For operators",
}


def openapi_document(handlers: Sequence[ControllerRouterHandler]) -> dict[str, Any]:
    """Return the complete document as plain JSON values."""
    paths: dict[str, Any] = {}
    for model in MODELS.values():
        paths |= model_paths(model)
    for category in dict.fromkeys(one.category for one in MODELS.values()):
        paths[f"/{category}/fields"] = {"get": _fields_operation(category)}
    managed = management_document(handlers)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Unified", "version": __version__, "description": DESCRIPTION},
        "security": [{"api_key": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths | managed.paths | pass_through_paths(),
        "components": {
            "securitySchemes": {"api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "uk_…"}},
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": error_responses(),
            "schemas": managed.schemas | model_schemas() | shared_schemas(managed.structs),
        },
    }


def _fields_operation(category: str) -> dict[str, Any]:
    names = [one.plural for one in MODELS.values() if one.category == category]
    parameter = {"name": "model", "in": "query", "required": True, "schema": {"type": "string", "enum": names}}
    page = {
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {
            "data": {"type": "array", "items": {"$ref": f"{REF}{category.capitalize()}FieldDefinition"}},
            "next_cursor": {"type": "null"},
        },
    }
    failures = {
        one: {"$ref": f"#/components/responses/{one}"}
        for one in ("401", "403", "404", "422", "424", "429", "501", "502", "503", "504")
    }
    return {
        "operationId": f"list_{category}_fields",
        "summary": f"The provider's own fields of a {category} model",
        "tags": [category if category != "ticketing" else "support"],
        "x-method-class": "read",
        "parameters": [{"$ref": "#/components/parameters/account_id"}, parameter],
        "responses": {"200": {"description": "Done.", "content": {"application/json": {"schema": page}}}, **failures},
    }
