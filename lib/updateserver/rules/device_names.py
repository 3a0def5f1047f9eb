"""Names under which a certificate belongs to a device."""

from updateserver.model.configuration import CustomCerts
from updateserver.model.names import hardware, is_serial, number_in
from updateserver.rules.trust import one_identity


def is_name_of(cn: str, hwid: str, sn: str, certs: CustomCerts) -> bool:
    """Tell whether a CN names the device: its serial number without dashes, its hardware id, or `@CAwildcard`.

    A name that is no serial number may only be written as it is, and never like some hardware's.
    """
    if not cn:
        return False
    if cn == certs.CAwildcard or number_in(cn) == sn:
        return True
    if not is_serial(sn):
        return cn == sn and not hardware(cn) and not number_in(cn)
    return cn == hwid and one_identity(hwid, sn)
