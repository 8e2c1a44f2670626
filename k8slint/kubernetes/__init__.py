"""What Kubernetes objects mean: kinds, pods, containers, hooks, versions."""
