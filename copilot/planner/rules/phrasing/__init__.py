"""What sentences mean together: order, facts about sources, limits, polls, choices."""
