"""How we learn: one folder per vendor, each answering the Protocol of `base.py`."""
