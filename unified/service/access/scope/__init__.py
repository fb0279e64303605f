"""What a caller may do with records and fields, and how one scope lies within another."""
