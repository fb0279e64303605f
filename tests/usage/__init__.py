"""Tests of what keys and MCP servers use, and of scopes narrowed to it."""
