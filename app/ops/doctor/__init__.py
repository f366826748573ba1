"""What is wrong, how sure that is, and the next command: asks the running service, and the database itself."""
