"""Operations of the unified models: one per model and method, with tags, method class, parameters and answers."""

from typing import Any

from unified.api.openapi.parts import LIMIT_HEADERS
from unified.api.openapi.schemas import REF, component, list_schema
from unified.models import Model, method_class

Operation = dict[str, Any]
FAILURES = ("400", "401", "403", "404", "422", "424", "429", "501", "502", "503", "504")
LIST_PARAMETERS = (
    "account_id", "limit", "cursor", "updated_after", "updated_before", "created_after", "created_before", "filter",
    "search", "sort", "fields", "expand", "include_raw", "include_deleted", "remote_query",
)  # fmt: skip
GET_PARAMETERS = ("account_id", "fields", "expand", "include_raw", "include_deleted", "remote_query")
VERBS = {"list": "get", "get": "get", "create": "post", "update": "patch", "delete": "delete"}


def model_paths(model: Model) -> dict[str, dict[str, Operation]]:
    """Every path of one model."""
    base = f"/{model.category}/{model.plural}" + "".join(f"/{{{name}}}" for name in model.path_parameters)
    shared = [_path_parameter(name) for name in model.path_parameters]
    paths: dict[str, dict[str, Operation]] = {}
    for method in (*model.operations, "batch", "schema"):
        if method == "batch" and not {"create", "update", "delete"} & set(model.operations):
            continue
        path, verb = _place(model, base, method)
        paths.setdefault(path, {})[verb] = _operation(model, method, shared, path)
    for method in model.custom:
        paths[f"{base}/{{id}}/{method}"] = {"post": _operation(model, method, shared, f"{base}/{{id}}/{method}")}
    return paths


def _place(model: Model, base: str, method: str) -> tuple[str, str]:
    if method == "batch":
        return f"{base}/batch", "post"
    if method == "schema":
        return f"/{model.category}/{model.plural}/schema", "get"
    return (base if method in {"list", "create"} else f"{base}/{{id}}"), VERBS[method]


def _operation(model: Model, method: str, shared: list[Operation], path: str) -> Operation:
    name = model.plural if method in {"list", "batch", "schema"} else model.singular
    operation: Operation = {
        "operationId": f"{method}_{model.category}_{name}",
        "summary": SUMMARIES.get(method, "{method} {one}").format(
            method=method,
            a="an" if model.singular[0] in "aeiou" else "a",
            one=_words(model.singular),
            many=_words(model.plural),
        ),
        "tags": list(model.tags),
        "x-method-class": {"batch": "write", "schema": "read"}.get(method) or method_class(method),
        "x-method": method,
        "x-model": model.id,
        "parameters": [*_parameters(method), *(shared if "{" in path else []), *_id_parameter(path)],
        "responses": _responses(model, method),
    }
    body = _body(model, method)
    return operation | ({"requestBody": body} if body else {})


SUMMARIES = {
    "list": "List {many}",
    "get": "Get one {one}",
    "create": "Create {a} {one}",
    "update": "Update {a} {one}",
    "delete": "Delete {a} {one}",
    "batch": "Create, update and delete up to 100 {many}",
    "schema": "What this connection reads, writes and filters of {many}",
}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _parameters(method: str) -> list[Operation]:
    names = {"list": LIST_PARAMETERS, "get": GET_PARAMETERS}.get(method, ("account_id",))
    found: list[Operation] = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    more = "idempotency_key" if method == "create" else "if_match" if _is_of_version(method) else None
    return found if more is None else [*found, {"$ref": f"#/components/parameters/{more}"}]


def _is_of_version(method: str) -> bool:
    """Return whether a method changes or deletes a record that the caller may have read."""
    return method_class(method) != "read" and method not in {"create", "batch", "schema"}


def _path_parameter(name: str) -> Operation:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "API name of the object.",
    }


def _id_parameter(path: str) -> list[Operation]:
    return [{"$ref": "#/components/parameters/id"}] if "{id}" in path else []


def _body(model: Model, method: str) -> Operation | None:
    if method == "batch":
        return _json(f"{REF}Batch", required=True)
    if method in {"create", "update"}:
        return _json(f"{REF}{component(model)}{method.capitalize()}", required=True)
    return None


def _json(reference: str, *, required: bool) -> Operation:
    return {"required": required, "content": {"application/json": {"schema": {"$ref": reference}}}}


def _responses(model: Model, method: str) -> Operation:
    failures = {status: {"$ref": f"#/components/responses/{status}"} for status in FAILURES}
    if method == "create":
        failures |= {"409": {"$ref": "#/components/responses/409"}}
    if _is_of_version(method):
        failures |= {status: {"$ref": f"#/components/responses/{status}"} for status in ("409", "412")}
    if method_class(method) != "read" and method not in {"batch", "schema"}:
        failures |= {"202": _WAITS}
    if method == "delete":
        return {"204": {"description": "Deleted.", "headers": LIMIT_HEADERS}, **failures}
    return {"201" if method == "create" else "200": _answer(model, method), **failures}


_WAITS: Operation = {
    "description": "Not sent: the key's scope asks for an approval of each write.",
    "content": {"application/json": {"schema": {"$ref": f"{REF}ApprovalRequired"}}},
}


def _answer(model: Model, method: str) -> Operation:
    record = {"$ref": REF + component(model)}
    schema = {"list": list_schema(model), "batch": {"$ref": f"{REF}BatchResults"}, "schema": {"$ref": f"{REF}Schema"}}.get(
        method, record
    )
    headers: Operation = dict(LIMIT_HEADERS)
    if method not in {"list", "batch", "schema"}:
        headers |= {"ETag": {"$ref": "#/components/headers/ETag"}}
    if method == "create":
        headers |= {"Location": {"schema": {"type": "string"}}, "Idempotent-Replayed": {"schema": {"type": "string"}}}
    return {"description": "Done.", "headers": headers, "content": {"application/json": {"schema": schema}}}
