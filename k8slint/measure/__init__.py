"""What really happens when containers stop, and the file that keeps it."""
