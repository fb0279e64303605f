"""The pages of OAuth apps."""
