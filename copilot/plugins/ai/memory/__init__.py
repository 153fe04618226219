"""What a model remembers between executions."""
