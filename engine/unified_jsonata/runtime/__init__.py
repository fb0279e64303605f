"""Supports compiled expressions while they run: values, limits, paths, and the functions by family."""
