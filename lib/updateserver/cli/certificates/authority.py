"""`certificates init-ca`: a CA of one's own."""

import time
from collections.abc import Iterator
from pathlib import Path

import click

from updateserver.base.io.files import content_of, replace
from updateserver.base.text import day
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.local_ca import FOLDER, KEY, KINDS, PASSPHRASE, PASSPHRASE_FILE, CaUnusable, LocalCa
from updateserver.cli.certificates.common import WithCertificates, config_root_option, passphrase, passphrase_options
from updateserver.configuration.config import CustomCerts
from updateserver.device.io.ca_names import names_in
from updateserver.trust.proof import is_accepted

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("init-ca")
@config_root_option
@click.option("--name", default="Update Server CA", show_default=True, help="Name (CN) of the new CA.")
@click.option("--days", default=3650, show_default=True, type=click.IntRange(1, 36500), help="How long it is good.")
@click.option("--kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="Kind of its key.")
@click.option("--key", type=_FILE, help="Take this key of a CA that you have (PEM or DER).")
@click.option("--cert", type=_FILE, help="Its certificate, with those above it in the same file.")
@passphrase_options
def init_ca(  # noqa: PLR0913, PLR0917 -- one for each option
    root: Path,
    name: str,
    days: int,
    kind: str,
    key: Path | None,
    cert: Path | None,
    passphrase_file: Path | None,
    passphrase_env: str | None,
) -> None:
    r"""Make the CA that signs devices' certificates with CAtype="local", or take one that you have.

    Key and certificate are kept in config/ca/, the key readable by its owner only, and encrypted if you name a
    passphrase; that of a key that you bring is the same one.

    \b
      updateserver certificates init-ca --name "ACME Phones CA"
      updateserver certificates init-ca --key intermediate.key --cert intermediate-and-root.pem
    """
    opened, secret = WithCertificates(root), passphrase(passphrase_file, passphrase_env)
    if (key is None) != (cert is None):
        raise click.UsageError("--key and --cert go together.")
    if local_ca.exists(root):
        raise click.ClickException(f"There is a CA already in {FOLDER}/; its key is never replaced.")
    try:
        ca = (
            local_ca.joined(content_of(key), content_of(cert), int(time.time()), secret)
            if key and cert
            else local_ca.new(name, days, kind)
        )
        local_ca.store(root, ca, secret)
    except CaUnusable as problem:
        raise click.ClickException(str(problem)) from problem
    except FileExistsError as problem:
        raise click.ClickException(f"There is a CA already in {FOLDER}/; its key is never replaced.") from problem
    click.echo(f"{ca.name!r} is ready in {FOLDER}/, good until {day(ca.facts.not_after)}.")
    for line in (*_ca_files(opened, ca), *_advice(opened.config.customcerts, ca, encrypted=bool(secret))):
        click.echo(line)


def _ca_files(opened: WithCertificates, ca: LocalCa) -> Iterator[str]:
    """Have devices get the CA's certificate, unless there are files for that already."""
    certs, folder = opened.config.customcerts, opened.installation.root / opened.config.customcerts.dir
    if names := names_in(opened.installation.root, certs.dir, certs.CAkeys):
        yield f"Devices go on getting {', '.join(names)}: look whether these are the CA's and those above it, in order."
        return
    files = local_ca.files_for_devices(ca)
    for name, content in files.items():
        replace(folder / name, content, durable=True)
    if names_in(opened.installation.root, certs.dir, certs.CAkeys):
        yield f"Devices get {', '.join(files)} with their certificates."
    else:
        yield f"Put in {certs.dir}/, under names that fit customcerts/@CAkeys ({certs.CAkeys}): the CA's certificates."


def _advice(certs: CustomCerts, ca: LocalCa, *, encrypted: bool) -> Iterator[str]:
    """Yield what else is to be set."""
    if not certs.is_local:
        yield 'To have it sign, write CAtype="local" into <customcerts>.'
    if not is_accepted(ca.name, certs.CAname):
        yield f"Add {ca.name!r} to customcerts/@CAname, or its certificates are not good."
    if encrypted:
        yield f"For a policy, the server needs {PASSPHRASE} or {PASSPHRASE_FILE} in its environment."
    yield f"Keep a copy of {FOLDER}/{KEY} in a safe place: without it no certificate can be renewed."
