"""The MCP endpoint: the Model Context Protocol over HTTP, on top of the official SDK."""
