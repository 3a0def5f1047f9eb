"""What is remembered of callers: proved identities, proxies that nobody named."""
