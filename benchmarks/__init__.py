"""What `make bench` runs: ratios against a floor or a peer, measured in one run (DESIGN §6)."""
