"""What is asked of the server, and done to its sessions and our pools."""
