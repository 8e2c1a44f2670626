"""Pictures of timelines, one module per format."""
