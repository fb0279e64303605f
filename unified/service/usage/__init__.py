"""What keys and MCP servers use of what they may do, as the audit trail records it, and the narrowest scope for that."""
