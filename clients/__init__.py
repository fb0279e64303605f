"""The typed clients, and the program that generates their types."""
