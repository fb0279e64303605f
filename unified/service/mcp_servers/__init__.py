"""MCP servers: a scope over some accounts, with its own token."""
