"""Answers in the service's own protocol where moto answers with an HTML page."""

import traceback
import warnings

from flask import request as flask_request
from moto.core.exceptions import ServiceException
from moto.core.request import normalize_request
from moto.core.responses import ActionResult, BaseResponse

from gaps.wrap import wrap


class NotImplementedHere(ServiceException):
    """What an operation answers that the emulator does not have."""

    code = "NotImplemented"

    def __init__(self, service, action):
        super().__init__(f"the sandbox has no {service} {action}")


class Broken(ServiceException):
    """What an operation answers in which the emulator itself failed."""

    code = "InternalFailure"

    def __init__(self, service, action, error):
        super().__init__(
            f"the sandbox failed in {service} {action}: {type(error).__name__}: {error}"
        )


def install():
    # The codes above are in no service's model, as is right.
    warnings.filterwarnings("ignore", message=".*does not match an error shape.*")

    @wrap(BaseResponse, "call_action")
    def call_action(original, self):
        """Moto raises; AWS answers with an error that names the operation."""
        action = self._get_action() or f"{self.method} {self.path}"
        try:
            status, headers, body = original()
        except NotImplementedError:
            return self.serialized(ActionResult(NotImplementedHere(self.service_name, action)))
        except Exception as error:
            traceback.print_exc()
            return self.serialized(ActionResult(Broken(self.service_name, action, error)))
        if status == 404 and not body and not self._get_action():
            return self.serialized(ActionResult(NotImplementedHere(self.service_name, action)))
        return status, headers, body


def without_page(app):
    """Gives one of moto's Flask applications an answer for the paths that it does not know."""

    @app.errorhandler(404)
    def not_found(_):
        response = BaseResponse(service_name=app.service)
        response.setup_class(normalize_request(flask_request))
        action = response._get_action() or f"{response.method} {response.path}"
        error = NotImplementedHere(app.service, action)
        status, headers, body = response.serialized(ActionResult(error))
        return body, status, headers

    return app
