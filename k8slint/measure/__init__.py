"""What really happened when containers stopped, and the file that keeps it."""
