"""MCP servers: a scope over some accounts, with a token of its own."""
