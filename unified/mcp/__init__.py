"""The face for agents: the Model Context Protocol over HTTP, around the official SDK."""
