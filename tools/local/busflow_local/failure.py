"""The one exception for what the user can do something about."""


class LocalError(Exception):
    """`message` says what is wrong, `hint` what to do; `log` is a file whose last lines explain it."""

    def __init__(self, message: str, hint: str = "", log=None):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log
