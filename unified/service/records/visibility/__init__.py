"""Limits what a caller may see: fields, records and resources."""
