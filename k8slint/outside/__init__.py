"""Three doors: other programs, files that a repository names, and the reader's terminal.

A linted repository is a stranger's. What it could misuse goes through here: nothing else starts a
program, opens a file that a repository names, or prints its text.
"""
