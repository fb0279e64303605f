"""What is decided about an expression before any code is written."""
