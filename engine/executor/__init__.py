"""The executor: one loop thread owns all state, worker threads run the plugins."""
