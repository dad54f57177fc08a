"""What it means: pure functions over the model. No I/O."""
