"""`updateserver api-token`: tokens of the JSON API."""

import time
from pathlib import Path

import click

from updateserver.base.names import ALLOWED, is_safe
from updateserver.cli.options import config_root_option
from updateserver.login.io.api_tokens import ApiTokens


@click.group(name="api-token")
def api_token() -> None:
    """Make, list and revoke tokens of the JSON API (docs/api.md)."""


@api_token.command()
@config_root_option
@click.argument("name")
@click.option("--metrics", is_flag=True, help="A token for the metrics only, and for nothing else.")
@click.option(
    "--admission", is_flag=True, help="A token that accepts and refuses unknown devices, and does nothing else."
)
def create(root: Path, name: str, *, metrics: bool, admission: bool) -> None:
    """Make a token called NAME and print it: it is shown this once only."""
    if metrics and admission:
        raise click.UsageError("a token is for one thing: --metrics or --admission")
    if not is_safe(name):
        raise click.BadParameter(f"{name!r}: expected {ALLOWED}", param_hint="NAME")
    try:
        text = _tokens(root).create(name, "admission" if admission else "metrics" if metrics else "api")
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(text)


@api_token.command(name="list")
@config_root_option
def list_(root: Path) -> None:
    """List the names of all tokens, what they are for, and when they were made."""
    try:
        tokens = _tokens(root).all()
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for token in tokens:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(token.created))
        click.echo(f"{token.name:24} {token.kind:8} {made}")


@api_token.command()
@config_root_option
@click.argument("name")
def revoke(root: Path, name: str) -> None:
    """Make the token called NAME worthless."""
    try:
        known = _tokens(root).revoke(name)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if not known:
        raise click.ClickException(f"there is no token '{name}'")


def _tokens(root: Path) -> ApiTokens:
    return ApiTokens(root, root / "cache" / "locks")
