"""One lane per kind of case: what is asked of the copilot, and how the answer is judged."""
