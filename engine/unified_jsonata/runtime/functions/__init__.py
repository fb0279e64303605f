"""The functions of the language, by family; `table` has them all with their signatures."""
