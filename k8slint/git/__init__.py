"""What git ignores and tracks, read from its files.

Git itself is not run: it obeys the configuration of the repository it is in, which may name
programs to run, and what looks like a repository may have come with a pull request. Only
`history.py` runs it, for `--changed`, with commands that read objects and obey nothing of that.
"""

GIT = ".git"
IGNORE_FILE = ".gitignore"
