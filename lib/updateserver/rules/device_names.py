"""Names under which a certificate belongs to a device."""

from updateserver.model.configuration import CustomCerts
from updateserver.rules.trust import one_identity


def is_name_of(cn: str, hwid: str, sn: str, certs: CustomCerts) -> bool:
    """Tell whether a CN names the device: its serial number without dashes, its hardware id, or `@CAwildcard`."""
    if not cn:
        return False
    return cn in (sn.replace("-", ""), certs.CAwildcard) or (cn == hwid and one_identity(hwid, sn))
