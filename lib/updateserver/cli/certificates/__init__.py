"""`updateserver certificates`: the devices' certificates, from request to renewal.

One file for each kind of command; nothing is decided here.
"""

import click

from updateserver.cli.certificates import authority, ending, looking, signing, uploading


@click.group()
def certificates() -> None:
    """Devices' certificates: list them, sign requests, bring certificates, make a CA of your own.

    docs/certificates.md is the guide to all of it.
    """


for _command in (
    looking.list_all,
    looking.show,
    signing.sign,
    signing.explain,
    uploading.upload,
    uploading.export,
    ending.reject,
    ending.release,
    authority.init_ca,
):
    certificates.add_command(_command)
