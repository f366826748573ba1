"""What Twilio reports of texts that went out: in any order, several times, or before it has answered us."""
