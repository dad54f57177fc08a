"""Anthropic's Console organizations, by the Admin API (`api/anthropic.md`)."""
