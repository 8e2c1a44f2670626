"""Rules, findings, the engine that runs them and the fixer that applies their repairs."""
