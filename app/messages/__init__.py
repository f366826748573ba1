"""Texts and e-mail: what customers are told, what they write, and the dialogue in which they book.

`proof` is what the doors for Twilio's webhooks, in `reports` and in `dialogue`, ask of who calls.
"""
