"""Sessions: the sign-in page, the frame of signed-in pages, and the addresses to return to after signing in."""
