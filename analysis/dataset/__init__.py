"""Stored records become one tidy frame."""
