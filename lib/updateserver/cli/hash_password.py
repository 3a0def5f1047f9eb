"""`updateserver hash-password`: a hash to write into the configuration in place of a password."""

import secrets
import sys

import click

from updateserver.login.passwords import SALT_LENGTH, hashed


@click.command("hash-password")
def hash_password() -> None:
    r"""Print the hash of a password, to be used as master/@password.

    The password is asked for twice; when it does not come from a terminal, one line is read.

    \b
        updateserver hash-password
        echo -n 'my secret' | updateserver hash-password
    """
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("An empty password protects nothing.")
    click.echo(hashed(password, secrets.token_bytes(SALT_LENGTH)))
