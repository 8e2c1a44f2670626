"""The programs that k8slint knows: how each stops, and which settings say how long it drains."""
