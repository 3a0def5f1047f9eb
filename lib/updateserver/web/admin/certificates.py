"""A device's certificate from request to upload: shown, signed, rejected, uploaded, released."""

from werkzeug.wrappers import Response

from updateserver.model.refusal import Refusal
from updateserver.web.admin.visit import Visit


def life_of(visit: Visit, sn: str) -> None:
    """Return where a device's certificate stands, None where custom certificates are off."""
    return None


def act(visit: Visit) -> Response:
    """Do what a form of the device page asks for."""
    raise Refusal(400, visit.words("There is no such action."))
