"""The models of human resources."""
