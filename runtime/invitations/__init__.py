"""Invitations: how people come to belong to a tenant."""
