"""Sending by e-mail what is written down, with the appointment for the customer's calendar."""
