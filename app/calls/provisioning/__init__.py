"""Setting a client's voice up at Vapi: assistant, tools and phone numbers, made to be as we define them."""
