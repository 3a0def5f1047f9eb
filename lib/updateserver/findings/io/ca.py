"""What the check of the configuration says about the CA: its files for devices, and our own one."""

import time
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from updateserver.base.io.files import readable
from updateserver.certificates.chain import chain_faults
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.ca_files import CaFiles
from updateserver.certificates.reader import name_of_authority
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, error, warning
from updateserver.device.io.ca_names import leads_out
from updateserver.poll.signing_request import holds_several
from updateserver.trust.proof import is_accepted


def ca_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield what is wrong with the files of `customcerts/@CAkeys`, and with our own CA where that is to sign."""
    certs = config.customcerts
    if not certs.dir:
        return
    node, folder = merged.one("customcerts"), root / certs.dir
    files = CaFiles(root, certs).files
    if leads_out(certs.dir, certs.CAkeys):
        message = "leads out of the installation, so it names nothing: put the CA's files below it"
        yield error(message, node, "customcerts", "CAkeys")
    elif not files:
        message = "there is no such file: put the CA's certificate in as CAkey-01.cer, or devices do not get it"
        yield warning(message, node, "customcerts", "CAkeys")
    for fault in chain_faults(files, int(time.time())):
        yield warning("{fault}", node, "customcerts", "CAkeys", fault=fault)
    for file in files:
        if holds_several(readable(folder / file.name) or b""):
            message = "{name} holds several certificates, devices get the first only: put one into each file"
            yield warning(message, node, "customcerts", "CAkeys", name=file.name)
    if certs.is_local:
        yield from _own_ca(root, config, node)


def _own_ca(root: Path, config: Config, node: Node) -> Iterator[Finding]:
    if not local_ca.exists(root):
        yield error("there is no CA to sign: run updateserver certificates init-ca", node, "customcerts", "CAtype")
        return
    content = readable(root / local_ca.FOLDER / local_ca.CERTIFICATE)
    try:
        certificate = x509.load_pem_x509_certificate(content or b"")
    except ValueError:
        name = f"{local_ca.FOLDER}/{local_ca.CERTIFICATE}"
        yield error("{name} cannot be read or contains no certificate", node, "customcerts", "CAtype", name=name)
        return
    name = name_of_authority(certificate)
    if not is_accepted(name, config.customcerts.CAname):
        message = "our own CA {name} is missing: no certificate would be good"
        yield error(message, node, "customcerts", "CAname", name=repr(name))
