"""How a client is reached, and how it reaches its customers: lines, senders, hours of rest, what is kept how long."""
