"""Scripts of the oldest flows: Bash, Python, Node."""
