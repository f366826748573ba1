"""The talk by text in which people book, move and cancel; what they say about not being texted comes first."""
