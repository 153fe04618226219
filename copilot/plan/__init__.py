"""Plans: small typed objects between words and YAML."""
