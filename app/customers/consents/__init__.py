"""Who does not want to be texted, called or written to by a client."""
