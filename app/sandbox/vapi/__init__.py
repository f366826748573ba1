"""Vapi's API: assistants, tools, phone numbers and calls; outbound calls ring, are answered and end by themselves."""
