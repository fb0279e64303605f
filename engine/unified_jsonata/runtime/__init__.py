"""What compiled expressions call while they run: values, limits, paths, and the functions by family."""
