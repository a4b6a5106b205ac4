"""How the other modules replace a method of moto's."""

import functools


def wrap(owner, name):
    """Replaces `owner.name`; the replacement is given the original as its first argument."""

    def install(replacement):
        original = getattr(owner, name)

        @functools.wraps(original)
        def method(self, *args, **kwargs):
            return replacement(functools.partial(original, self), self, *args, **kwargs)

        setattr(owner, name, method)
        return method

    return install


def add(owner, name=None):
    """Adds a method that moto lacks."""

    def install(function):
        setattr(owner, name or function.__name__, function)
        return function

    return install
