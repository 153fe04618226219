"""JBang scripts."""
