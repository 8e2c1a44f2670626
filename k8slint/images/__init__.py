"""What is inside an image: which program it runs, its stop signal, its shell."""
