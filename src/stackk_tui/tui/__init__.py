"""What you see. No HTTP, no SQL, no token ever. `app.StackkApp` is the way in."""
