"""Defines and reads the settings: the table of variables, how their texts are read, and the struct that the product gets."""
