"""Reads a request before it is answered: caller, headers, parameters, versions."""
