"""What git ignores and tracks, read from its files.

Git itself is never run. It obeys the configuration of the repository it is in, which may name
programs to run, and what looks like a repository may have come with a pull request.
"""

GIT = ".git"
IGNORE_FILE = ".gitignore"
