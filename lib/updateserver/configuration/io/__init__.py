"""The configuration's files, and whose the installation is."""
