"""Who calls and what they may do: scopes, permissions, API keys, sessions, and the principals they become."""
