"""Emptying the emulator: moto makes every backend anew only to throw it away."""

from moto.core.base_backend import BackendDict, backend_lock


def install():
    # S3's backend has files to close.
    keep = ("s3",)
    reset_slowly = BackendDict.reset

    def reset(cls):
        with backend_lock:
            for backend in cls._instances:
                if backend.service_name not in keep:
                    backend.clear()
        reset_slowly()

    BackendDict.reset = classmethod(reset)
