"""Render's public API: the part of it that brings a database or a version back.

`api` is the way there, `payloads` is what comes back. No SDK: docs/decisions/render-api.md says why.
"""
