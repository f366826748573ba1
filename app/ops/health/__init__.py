"""How the whole service is, part by part: never hangs, never leaves out what it could not find out."""
