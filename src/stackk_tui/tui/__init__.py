"""What you see. No HTTP, no SQL, no token ever."""
