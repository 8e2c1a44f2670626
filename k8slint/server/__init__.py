"""The language server: findings, repairs and timelines in an editor, over the workspace."""
