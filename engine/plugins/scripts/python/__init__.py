"""Python scripts."""
