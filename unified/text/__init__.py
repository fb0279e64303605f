"""Reading and checking text of outsiders: JSON, XML, times, weights of headers, limits."""
