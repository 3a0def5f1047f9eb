"""`updateserver redirect`: which devices are sent to which update server.

One file for each kind of command; nothing is decided here.
"""

import click

from updateserver.cli.redirect import codes, devices, projects, tables, trust


@click.group()
def redirect() -> None:
    r"""Send devices that come out of their box to their update server (docs/redirection.md).

    A project says where devices are sent; it belongs to a customer. Begin with

    \b
      updateserver redirect project 10801 --customer 1527 --url https://update.example.com/mtls/update/update.php
      updateserver redirect add --project 10801 00-90-33-30-00-af
      updateserver redirect list
    """


for _command in (
    devices.list_,
    devices.add,
    devices.remove,
    tables.import_,
    tables.export,
    projects.project,
    projects.customer,
    projects.drop,
    projects.use_sqlite,
    trust.trust,
    codes.code,
):
    redirect.add_command(_command)
