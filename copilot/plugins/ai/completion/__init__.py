"""Chats and what is asked of a model in one go."""
