"""What can be set from outside: the table of variables, how their texts are read, and the struct that the product gets."""
