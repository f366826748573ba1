"""Whether messages leave: what is set up for Twilio, Vapi and e-mail, and what they answer those who send."""
