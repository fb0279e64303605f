"""How pages are made: templates, texts, forms, times and the pages' own files."""
