"""Twilio's messages: taken, refused, moved from state to state, told of by signed webhooks."""
