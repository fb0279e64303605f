"""How one operation is described: its answer, failures, parameters and body."""

from typing import Any

from unified.api.openapi.schemas import REF

Operation = dict[str, Any]


def answer(schema: str | None, status: str = "200", *, many: bool = False) -> Operation:
    """The answer of success: nothing, one of a schema, or a page of them."""
    if schema is None:
        return {status: {"description": "Done."}}
    one: Operation = {"$ref": REF + schema} if schema != "object" else {"type": "object"}
    page = {
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {"data": {"type": "array", "items": one}, "next_cursor": {"type": ["string", "null"]}},
    }
    return {status: {"description": "Done.", "content": {"application/json": {"schema": page if many else one}}}}


def operation(name: str, summary: str, tag: str, responses: Operation, **more: Any) -> Operation:
    """One operation; `query` and `path` name parameters, `body` a schema, and everything else stands as it is."""
    failures = {status: {"$ref": f"#/components/responses/{status}"} for status in ("401", "403", "404", "422")}
    parameters = [_text_parameter(one, "query") for one in more.pop("query", ())]
    parameters += [_text_parameter(one, "path") for one in more.pop("path", ())]
    body = more.pop("body", None)
    described = {"operationId": name, "summary": summary, "tags": [tag], "responses": responses | failures, **more}
    if parameters:
        described["parameters"] = parameters
    if body:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"$ref": REF + body}}}}
    return described


def _text_parameter(name: str, where: str) -> Operation:
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}


PAGE = ("limit", "cursor")
"""Parameters of every list."""
