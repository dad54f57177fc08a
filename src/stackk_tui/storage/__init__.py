"""What we keep: secrets in the token store, everything else in the ledger."""
