"""The loop of every function-calling API, over Unified's tools, with a scripted stand-in for the model."""

import json
import os

import httpx2

ACCOUNT = {"account_id": os.environ["ZENDESK"]}
OPEN = {"limit": 2, "filter": {"status": "open"}}


class ScriptedModel:
    """Replace this with your model. It calls a tool, then a tool that it was not granted, then ends."""

    def __init__(self) -> None:
        self.wanted = [("list_ticketing_tickets", OPEN), ("delete_ticketing_ticket", {"id": "53"})]

    def complete(self, messages: list[dict], tools: list[dict]) -> dict:
        """Return the assistant's next message, in the form of a chat-completions API."""
        if not self.wanted:
            return {"role": "assistant", "content": f"I was offered {len(tools)} tools and read {len(messages)} messages."}
        name, arguments = self.wanted.pop(0)
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"role": "assistant", "tool_calls": [{"id": f"call_{name}", "type": "function", "function": function}]}


def called(unified: httpx2.Client, name: str, arguments: str) -> str:
    """Call a tool and return its answer. A refusal goes to the model too, so that it can try something else."""
    answer = unified.post(f"/tools/{name}", json={**ACCOUNT, "arguments": json.loads(arguments)})
    content = answer.json()
    print(name, answer.status_code, content.get("detail") or f"{len(content['result']['data'])} records")
    return answer.text


def run(unified: httpx2.Client, model: ScriptedModel) -> str:
    """Run until the model calls no more tools, and return its last message."""
    offered = unified.get("/tools", params={**ACCOUNT, "methods": "read", "format": "openai"}).json()["data"]
    messages: list[dict] = [{"role": "user", "content": "What is open?"}]
    while "tool_calls" in (reply := model.complete(messages, offered)):
        messages.append(reply)
        for call in reply["tool_calls"]:
            content = called(unified, call["function"]["name"], call["function"]["arguments"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    return reply["content"]


HEADERS = {"Authorization": f"Bearer {os.environ['READER_KEY']}"}
with httpx2.Client(base_url=os.environ["UNIFIED_URL"], headers=HEADERS, timeout=60) as client:
    print(run(client, ScriptedModel()))
