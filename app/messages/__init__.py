"""Texts and e-mail: what customers are told, what they write, and the dialogue in which they book."""
