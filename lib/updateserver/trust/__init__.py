"""Who the caller is: addresses, proxies, client certificates, and whether that is the device it says it is."""
