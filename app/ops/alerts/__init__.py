"""What is wrong now, by rules with numbers, and who was told of it: once, by one process of all."""
