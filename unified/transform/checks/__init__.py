"""What is checked of a mapping when it is loaded."""
