"""The composition root: the only place that wires all parts together."""
