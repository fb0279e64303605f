"""How the files of a provider become compiled mappings: checked once, compiled when they are used."""
