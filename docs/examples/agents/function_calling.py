"""The loop of every function-calling API, over Unified's tools, with a scripted stand-in in the place of the model."""

import json
import os

import httpx2

ACCOUNT = {"account_id": os.environ["ZENDESK"]}
OPEN = {"limit": 2, "filter": {"status": "open"}}


class ScriptedModel:
    """Put yours here. This one asks for a tool, then for one that it was not given, then ends."""

    def __init__(self) -> None:
        self.wanted = [("list_ticketing_tickets", OPEN), ("delete_ticketing_ticket", {"id": "138"})]

    def complete(self, messages: list[dict], tools: list[dict]) -> dict:
        """The assistant's next message, in the form of a chat-completions API."""
        if not self.wanted:
            return {"role": "assistant", "content": f"I was offered {len(tools)} tools and read {len(messages)} messages."}
        name, arguments = self.wanted.pop(0)
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"role": "assistant", "tool_calls": [{"id": f"call_{name}", "type": "function", "function": function}]}


def called(unified: httpx2.Client, name: str, arguments: str) -> str:
    """What a tool answers. A refusal goes to the model too, so that it can do something else."""
    answer = unified.post(f"/tools/{name}", json={**ACCOUNT, "arguments": json.loads(arguments)})
    told = answer.json()
    print(name, answer.status_code, told.get("detail") or f"{len(told['result']['data'])} records")
    return answer.text


def run(unified: httpx2.Client, model: ScriptedModel) -> str:
    """Go on until the model asks for no tool; answers its last words."""
    offered = unified.get("/tools", params={**ACCOUNT, "methods": "read", "format": "openai"}).json()["data"]
    messages: list[dict] = [{"role": "user", "content": "What is open?"}]
    while "tool_calls" in (reply := model.complete(messages, offered)):
        messages.append(reply)
        for call in reply["tool_calls"]:
            content = called(unified, call["function"]["name"], call["function"]["arguments"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    return reply["content"]


HEADERS = {"Authorization": f"Bearer {os.environ['READER_KEY']}"}
with httpx2.Client(base_url=os.environ["BASE"], headers=HEADERS, timeout=60) as client:
    print(run(client, ScriptedModel()))
