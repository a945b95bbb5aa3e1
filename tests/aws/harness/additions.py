"""How operations are added to moto: a method named after the operation, found by moto as its own are."""

from typing import Any, Callable


def adds(responses: type) -> Callable[[type], type]:
    """Puts the methods of the class below among those of moto's class, which must not have them yet."""

    def put(methods: type) -> type:
        for name, method in vars(methods).items():
            if name.startswith("__"):
                continue
            if hasattr(responses, name):
                raise TypeError(f"moto has {responses.__name__}.{name} by now: remove it here")
            setattr(responses, name, method)
        return methods

    return put


def around(owner: type, name: str) -> Callable[[Callable[..., Any]], None]:
    """Puts a function around a method of moto's; it is given the method first."""

    def put(function: Callable[..., Any]) -> None:
        before = getattr(owner, name)
        setattr(owner, name, lambda self, *args, **kwargs: function(before, self, *args, **kwargs))

    return put
