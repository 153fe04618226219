"""Model providers: one class per way of talking to a model."""
