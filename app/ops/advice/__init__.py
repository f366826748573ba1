"""Advice on queries, indexes and tables: from statistics, the catalogue and the planner, never from a text's look.

It only ever answers with SQL to apply and to undo. Nothing here creates, drops or runs anything of what it advises.
"""
