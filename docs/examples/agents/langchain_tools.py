"""LangChain tools made of Unified's tools, called by a scripted chat model of langchain-core."""

import json
import os

import httpx2
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import StructuredTool

ACCOUNT = {"account_id": os.environ["ZENDESK"]}
WANTED = {"name": "list_ticketing_tickets", "args": {"limit": 2, "filter": {"status": "open"}}, "id": "call_1"}


def as_langchain(unified: httpx2.Client, listed: dict) -> StructuredTool:
    """Return one tool; its schema goes to the model unchanged."""

    def call(**arguments: object) -> str:
        return unified.post(f"/tools/{listed['name']}", json={**ACCOUNT, "arguments": arguments}).text

    return StructuredTool(name=listed["name"], description=listed["description"], args_schema=listed["inputSchema"], func=call)


HEADERS = {"Authorization": f"Bearer {os.environ['READER_KEY']}"}
with httpx2.Client(base_url=os.environ["UNIFIED_URL"], headers=HEADERS, timeout=60) as client:
    offered = client.get("/tools", params={**ACCOUNT, "methods": "read"}).json()["data"]
    tools = {one["name"]: as_langchain(client, one) for one in offered}

    # A real one: model = ChatOpenAI(...).bind_tools(list(tools.values()))
    model = GenericFakeChatModel(messages=iter([AIMessage("", tool_calls=[WANTED]), AIMessage("Two tickets are open.")]))
    messages = [HumanMessage("What is open?")]
    while (reply := model.invoke(messages)).tool_calls:
        messages += [reply, *(tools[one["name"]].invoke(one) for one in reply.tool_calls)]
    result = json.loads(messages[-1].content)["result"]
    print(len(tools), "tools;", messages[-1].name, "answered", [one["id"] for one in result["data"]])
    print(reply.content)
