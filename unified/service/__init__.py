"""Implements the product in plain async functions; REST, tools and pages call these and nothing below."""
