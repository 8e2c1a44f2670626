"""The shutdown model: how long hooks and drains take, and what the grace period must be."""
