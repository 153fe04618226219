"""Perl scripts."""
