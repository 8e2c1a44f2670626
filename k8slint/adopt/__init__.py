"""What a repository is like, and the files that would have k8slint check it."""
