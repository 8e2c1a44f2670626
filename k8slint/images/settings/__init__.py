"""Settings files of known programs, read for what limits their drain: literal values only."""
