"""For integration authors: golden cases, lint, scaffolds, coverage tables. Never loaded while serving."""
