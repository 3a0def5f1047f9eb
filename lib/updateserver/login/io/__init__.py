"""What is kept of logins, API tokens and admins' actions."""
