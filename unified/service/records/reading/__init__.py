"""Reading records: one, a list, and lists over pages."""
