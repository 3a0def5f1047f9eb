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
@click.option("--redirection", is_flag=True, help="A token for redirection: what the API tells of it, and its changes.")
@click.option("--customer", type=click.IntRange(1), metavar="ID", help="The same, for what belongs to one customer.")
def create(  # noqa: PLR0913 - one argument for each option
    root: Path, name: str, customer: int | None, *, metrics: bool, admission: bool, redirection: bool
) -> None:
    """Make a token called NAME and print it: it is shown this once only."""
    chosen = {"metrics": metrics, "admission": admission, "redirection": redirection or customer is not None}
    kinds = [kind for kind, is_chosen in chosen.items() if is_chosen]
    if len(kinds) > 1:
        raise click.UsageError("a token is for one thing: --metrics, --admission or --redirection")
    if not is_safe(name):
        raise click.BadParameter(f"{name!r}: expected {ALLOWED}", param_hint="NAME")
    try:
        text = _tokens(root).create(name, kinds[0] if kinds else "api", customer or 0)
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
        whose = f" customer {token.customer}" if token.customer else ""
        click.echo(f"{token.name:24} {token.kind:8} {made}{whose}")


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
