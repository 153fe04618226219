"""The nouns: flow, execution, task run, state, log, label — plain frozen values."""
