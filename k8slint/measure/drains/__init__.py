"""The file of measured drains: its schema and how it is read, written and merged."""
