"""The admin's pages, a file for each."""
