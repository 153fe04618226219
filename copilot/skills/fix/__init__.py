"""Fix a failed execution: what failed, why, and the change of the flow that helps."""
