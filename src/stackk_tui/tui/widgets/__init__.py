"""The parts that screens are made of. They draw values they are given and ask for nothing."""
