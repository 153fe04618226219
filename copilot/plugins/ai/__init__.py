"""AI: chats, documents, agents, and what they are made of."""
