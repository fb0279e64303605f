"""Usage of keys and MCP servers, as the audit trail records it, and the narrowest scope that allows it."""
