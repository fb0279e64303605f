"""A pattern as a tree: read, with its sets of characters folded and its repetitions rewritten."""
