"""The contract: what stands on each topic."""
