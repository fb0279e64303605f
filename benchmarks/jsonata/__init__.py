"""The speed of the JSONata engine as the service uses it: its own pages, the records of the catalog, and the goals."""
