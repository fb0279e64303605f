"""How data files are read: text, places, merging of files, and the words that they may hold."""
