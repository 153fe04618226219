"""Records of what models did."""
