"""Planners: words (and perhaps a flow) to a plan or an edit."""
