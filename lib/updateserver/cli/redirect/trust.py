"""`redirect trust`: a server's certificate as devices are to trust it."""

from dataclasses import replace
from pathlib import Path

import click

from updateserver.cli.redirect.common import config_root_option, found, opened, project_option
from updateserver.redirection.io import server_certificate
from updateserver.redirection.trust import trust_of


@click.command()
@config_root_option
@project_option
@click.option("--report", metavar="LIST", help="Properties to tell devices, such as type,ip, or * for all.")
@click.argument("source", metavar="https://...|FILE.pem")
def trust(root: Path, source: str, report: str | None, project: int | None) -> None:
    r"""Print the trust value of an update server, from the server itself or from a file with its certificate.

    With --project, the project gets it at once. A server may show anybody's certificate while it is asked: compare the
    fingerprint with the one that you know. Devices trust this certificate only, so they need the next one before it
    ends; give the file of its authority instead, if you have one, and they trust all that it signs.

    \b
      updateserver redirect trust https://update.example.com
      updateserver redirect trust --project 10801 --report type,ip ca.pem
    """
    is_url = "://" in source
    try:
        certificate = server_certificate.shown_by(source) if is_url else server_certificate.in_file(Path(source))
        value = server_certificate.digits(certificate)
        value = value if report is None else f"{report}:{value}"
        trust_of(value)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{source}: {error}") from error
    for line in server_certificate.described(certificate):
        click.echo(line, err=True)
    if project is None:
        click.echo(value)
        return
    with opened(root) as registry:
        registry.put_project(replace(found(registry, project), trust=value))
    click.echo(f"project {project} tells its devices to trust this certificate", err=True)
