"""The HTTP server: processes, workers, the protocol of a connection, and its limits."""
