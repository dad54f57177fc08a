"""What we know, as plain values. No I/O.

`board`, `errors`, `secret` and `text` need only the standard library, so that the first paint
does not wait for pydantic; everything else is a pydantic value. Import from the submodules.
"""
