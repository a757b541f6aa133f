"""A provider's failure as one plain sentence of ours, told apart by type and status, never by wording."""

from __future__ import annotations

from .. import errors

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""The environment variable that holds a provider's key, where the provider needs one."""


class InvalidRequest(errors.BackendError):
    """The server turned the request itself down; `plain` is what a user is told."""

    def __init__(self, plain: errors.BackendError) -> None:
        super().__init__(str(plain))
        self.plain = plain


def timed_out(name: str, seconds: float) -> errors.BackendTimeout:
    return errors.BackendTimeout(
        f"{name} stayed silent for {seconds:g} seconds and was given up. Ask again, or raise LITASSIST_TIMEOUT_S."
    )


def plain_failure(error: BaseException, name: str) -> errors.LitassistError:
    """The failure as one of ours, by its type and status; no text of the provider's, which may hold a key."""
    if isinstance(error, errors.LitassistError):
        return error
    import httpx
    import openai
    from langchain_core import exceptions as of_model

    status = getattr(error, "status_code", None)
    if isinstance(error, of_model.ContextOverflowError):
        return errors.BackendError(
            f"The question and its evidence are too long for {name}. "
            "Set LITASSIST_CONTEXT_TOKENS to the model's window."
        )
    if isinstance(error, of_model.ModelTimeoutError | openai.APITimeoutError | httpx.TimeoutException | TimeoutError):
        return errors.BackendTimeout(f"{name} did not answer in time. Ask again, or raise LITASSIST_TIMEOUT_S.")
    if isinstance(error, of_model.ModelRateLimitError | openai.RateLimitError) or status in (429, 503, 529):
        return errors.BackendBusy(f"{name} is busy or its rate limit is reached. Wait a little and ask again.")
    if isinstance(error, of_model.ModelAuthenticationError | openai.AuthenticationError) or status == 401:
        return errors.BackendRefused(f"{name} refused the key. {_key_advice(name)}")
    if isinstance(error, of_model.ModelPermissionDeniedError | openai.PermissionDeniedError) or status == 403:
        return errors.BackendRefused(f"{name} does not allow this key to use the model. {_key_advice(name)}")
    if isinstance(error, of_model.ModelNotFoundError | openai.NotFoundError) or status == 404:
        return errors.BackendError(f"{name} was reached, but has no such model or address. Check the backend's name.")
    if isinstance(error, of_model.ModelConnectionError | openai.APIConnectionError | httpx.TransportError | OSError):
        return errors.BackendUnreachable(
            f"{name} can't be reached, or the connection died. Check that it runs, then ask again."
        )
    if isinstance(error, of_model.ModelInvalidRequestError) or status in (400, 422):
        return InvalidRequest(errors.BackendError(f"{name} turned the request down (status {status or 400})."))
    if type(error) is openai.OpenAIError:  # raised when a client is made without a key
        return errors.BackendRefused(f"No key for {name}. {_key_advice(name)}")
    if status is not None or isinstance(error, openai.APIError | of_model.ModelError):
        detail = f" (status {status})" if status else ""
        return errors.BackendError(f"{name} reported a failure{detail}. Ask again, or choose another backend.")
    return errors.BackendError(
        f"{name} sent something that can't be read ({type(error).__name__}). Ask again, or choose another backend."
    )


def _key_advice(name: str) -> str:
    kind = name.partition(":")[0]
    variable = "LITASSIST_API_KEY" if kind == "openai-compatible" else KEYS.get(kind)
    return f"Check {variable} in the environment." if variable else "Check its key in the environment."
