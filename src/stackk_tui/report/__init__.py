"""The same figures without a screen."""
