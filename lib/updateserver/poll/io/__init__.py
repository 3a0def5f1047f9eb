"""A poll carried out: what the rules ask is looked up, what they want is done."""
