"""The tools that the conformance suite asks for, behind the port in place of the product's. Only tests have them."""

from datetime import UTC, datetime, timedelta

from unified.errors.requests import UnknownTool, ValidationFailed
from unified.mcp.interface import CallMeta, InputRequest, OfferedTool, ToolAnswer, ToolListing

NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}
SCHEMA_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
MIRRORED = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}, "query": {"type": "string"}},
    "required": ["region"],
}


def form(message, **fields):
    """An elicitation by form."""
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}, "required": [*fields]}
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}


def sampling(text):
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": 50}}


ROOTS = {"method": "roots/list", "params": {}}


def said(text, **more):
    return ToolAnswer(text=text, **more)


def asks(state, **requests):
    until = datetime.now(UTC) + timedelta(minutes=5)
    return ToolAnswer(
        text="the client cannot ask", is_error=True, input_request=InputRequest(requests=requests, state=state, until=until)
    )


def _name(meta):
    """What the form was filled with; ValidationFailed for an answer that is none."""
    answer = meta.answers.get("user_name")
    if answer is None:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("content", {}), dict):
        raise ValidationFailed("inputResponses: expected the answer to a form")
    return answer.get("content", {}).get("name")


def elicitation(_arguments, meta):
    name = _name(meta)
    return said(f"Hello, {name}!") if name else asks("", user_name=form("What is your name?", name="string"))


def one_question(key, request, answer):
    def call(_arguments, meta):
        return said(answer) if key in meta.answers else asks("", **{key: request})

    return call


def with_state(_arguments, meta):
    return said("state-ok") if meta.state == "asked" else asks("asked", confirm=form("Please confirm", ok="boolean"))


def several(_arguments, meta):
    requests = {"user_name": form("What is your name?", name="string"), "greeting": sampling("Greet"), "client_roots": ROOTS}
    return said("all answered") if requests.keys() <= meta.answers.keys() else asks("several", **requests)


def rounds(_arguments, meta):
    if meta.state == 2:
        return said("done")
    if meta.state == 1:
        return asks(2, step2=form("Step 2: What is your favorite color?", color="string"))
    return asks(1, step1=form("Step 1: What is your name?", name="string"))


def can_do(_arguments, _meta):
    return asks("can", sampled=sampling("Say hello"), filled=form("What is your name?", name="string"))


ASKED = "test_input_required_result_"
TOOLS = {
    "json_schema_2020_12_tool": (SCHEMA_2020_12, lambda _a, _t: said("ok")),
    "test_error_handling": (
        NOTHING,
        lambda _a, _t: said("This tool intentionally returns an error for testing", is_error=True),
    ),
    f"{ASKED}capabilities": (NOTHING, can_do),
    f"{ASKED}elicitation": (NOTHING, elicitation),
    f"{ASKED}list_roots": (NOTHING, one_question("client_roots", ROOTS, "roots seen")),
    f"{ASKED}multi_round": (NOTHING, rounds),
    f"{ASKED}multiple_inputs": (NOTHING, several),
    f"{ASKED}request_state": (NOTHING, with_state),
    f"{ASKED}sampling": (NOTHING, one_question("capital_question", sampling("What is the capital of France?"), "Paris")),
    f"{ASKED}tampered_state": (NOTHING, with_state),
    "test_logging_tool": (NOTHING, lambda _a, _t: said("nothing is logged to clients")),
    "test_mirrored": (MIRRORED, lambda a, _t: said(a["region"])),
    "test_simple_text": (NOTHING, lambda _a, _t: said("This is a simple text response for testing.")),
    "test_streaming_elicitation": (NOTHING, elicitation),
}


class Catalogue:
    """The view of whoever calls: the same for all."""

    def __init__(self, _services, principal) -> None:
        self.owner = (principal.tenant_id, principal.key_id)

    async def list_tools(self) -> tuple[OfferedTool, ...]:
        return tuple(
            OfferedTool(
                listing=ToolListing(name=name, title=name, description="For the conformance suite.", input_schema=schema)
            )
            for name, (schema, _) in TOOLS.items()
        )

    async def call(self, name: str, arguments, meta: CallMeta) -> ToolAnswer:
        if name not in TOOLS:
            raise UnknownTool("unknown tool")
        return TOOLS[name][1](arguments, meta)

    def input_schema(self, name: str):
        return TOOLS[name][0] if name in TOOLS else None
