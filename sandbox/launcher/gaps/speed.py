"""What moto does anew for each request, done once: about half of a request's time."""

import functools

from moto import backends
from moto.core import responses
from moto.core.base_backend import BackendDict, backend_lock


def install():
    # Lists moto's folder; looks through a class with hundreds of methods.
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    resetting()


def resetting():
    """Moto makes every backend anew to empty it, and throws it away then."""
    reset_slowly = BackendDict.reset

    def reset(cls):
        with backend_lock:
            for backend in cls._instances:
                # S3's has files to close.
                if backend.service_name != "s3":
                    backend.clear()
        reset_slowly()

    BackendDict.reset = classmethod(reset)
