"""`booking call`: a caller in the terminal, and an assistant that is no model: a few rules choose the tools."""
