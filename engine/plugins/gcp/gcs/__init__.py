"""Buckets and objects of Google Cloud Storage."""
