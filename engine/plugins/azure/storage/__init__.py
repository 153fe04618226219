"""Storage of Azure."""
