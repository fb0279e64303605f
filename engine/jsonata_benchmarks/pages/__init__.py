"""Page mappings of the project's own: `<name>.jsonata`, the same by hand in `<name>.py`, and made-up data."""
