"""How good the copilot is, measured: cases in words, facts that decide, levels, a report."""
