"""Source text to syntax tree: lexer, operator precedence, what each token means."""
