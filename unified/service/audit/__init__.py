"""The audit: what happened to each request, and the proof that no row was changed afterwards."""
