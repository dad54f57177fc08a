"""Reading transcripts, against peers and floors."""
