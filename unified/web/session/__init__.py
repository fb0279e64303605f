"""Who is signed in: the sign-in page, the frame of signed-in pages, and where a person may be led back to."""
