"""The audit trail: what becomes of a request, and the proof that nothing was changed afterwards."""
