"""Private folders and files of secrets."""
