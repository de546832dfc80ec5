"""Object stores and web servers: what a URL names is read and written through obstore."""
