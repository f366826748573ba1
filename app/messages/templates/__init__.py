"""How a client words its messages: its own templates, ours where it has none, and what a text would cost."""
