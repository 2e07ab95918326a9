"""Plugins: what the marketplace says of them, and those that are installed on a site."""
