"""`certificates upload` and `certificates export`: certificates in, requests and certificates out."""

import sys
import time
from pathlib import Path
from typing import BinaryIO

import click

from updateserver.certificates.io.uploading import NotAccepted, accept
from updateserver.certificates.uploaded_file import LARGEST
from updateserver.cli.certificates.common import WithCertificates, one_sn, root_option


@click.command()
@root_option
@one_sn
@click.argument("file", type=click.File("rb"))
def upload(root: Path, sn: str, file: BinaryIO) -> None:
    r"""Bring the certificate that your CA made of a device's request; the device gets it at its next poll.

    FILE (- is the standard input) is DER, PEM, with or without its chain, or PKCS#7. It is checked first; if anything
    is wrong with it, you are told what, and nothing is stored.

    \b
      updateserver certificates export 00-90-33-30-00-af > request.pem
      updateserver certificates upload 00-90-33-30-00-af signed.cer
    """
    try:
        odd = accept(WithCertificates(root).enrolment(sn), file.read(LARGEST + 1), int(time.time()))
    except NotAccepted as refused:
        click.echo("\n".join((f"{sn}: not accepted", *(f"  {reason}" for reason in refused.reasons))), err=True)
        sys.exit(1)
    click.echo(f"{sn}: accepted, the device gets it at its next poll")
    for remark in odd:
        click.echo(f"  but mind: {remark}", err=True)


@click.command()
@root_option
@one_sn
@click.option("--request", "what", flag_value="request", default=True, help="The request, as PEM (default).")
@click.option("--signed", "what", flag_value="signed", help="The signed certificate that waits for the device, as DER.")
@click.option("--device", "what", flag_value="device", help="The certificate that the device was given last, as DER.")
def export(root: Path, sn: str, what: str) -> None:
    r"""Write a device's request or certificate to the standard output.

    \b
      updateserver certificates export 00-90-33-30-00-af > request.pem
      updateserver certificates export 00-90-33-30-00-af --device > device.cer
    """
    enrolment = WithCertificates(root).enrolment(sn)
    files = enrolment.files
    content = enrolment.read({"request": files.request_pem, "signed": files.signed, "device": files.issued}[what])
    if content is None:
        raise click.ClickException(f"there is no such file of {sn}; `updateserver certificates show {sn}` tells more")
    sys.stdout.buffer.write(content)
