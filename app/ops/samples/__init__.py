"""What all processes together have counted: each carries its own numbers here, and anybody can add them up."""
