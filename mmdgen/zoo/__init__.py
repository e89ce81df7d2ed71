"""Procedural characters that belong to no one."""
