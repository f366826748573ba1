"""`booking text`: a texter in the terminal, whose texts come to the service as Twilio's webhooks do."""
