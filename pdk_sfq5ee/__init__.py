"""SFQ5ee process design kit from public sources: layers, stack, rules, devices. Not the foundry's own kit."""

__version__ = "0.1.0"
