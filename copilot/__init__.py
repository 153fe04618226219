"""The copilot: words to valid flows, questions to cited answers. Async; saves and runs nothing."""
