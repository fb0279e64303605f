"""How values of a caller become requests that write."""
