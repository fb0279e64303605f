"""The data files: `providers/` and `mappings/` decoded into frozen structs, strictly and with line numbers."""
