"""What is wrong, or probably not meant, about an installation."""
