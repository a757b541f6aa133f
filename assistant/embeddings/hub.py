"""Models from the Hugging Face hub, kept in its own cache folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigError, MissingExtra


def hub_folder(name: str, wanted: Sequence[str], what: str, instead: str, *, needed: str = "*.json") -> Path:
    """The folder with a model's files of these patterns, fetched if they are not there yet.

    `what` names the model in an error ("encoder"), `instead` what to do without the hub. What is there
    already counts if it has a file of the pattern `needed`. MissingExtra without the hub's package,
    ConfigError when the model can't be had.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtra(f"The {what} hub:{name}", "hub") from None
    try:
        # What was downloaded once is used as it is: no question goes out at every start.
        here = Path(snapshot_download(name, allow_patterns=list(wanted), local_files_only=True))
        if any(here.glob(needed)):
            return here
    except (OSError, ValueError):
        pass
    try:
        return Path(snapshot_download(name, allow_patterns=list(wanted)))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The {what} {name} could not be fetched from the hub ({type(error).__name__}). "
            f"Check the name and the network, or download it to a folder and {instead}."
        ) from None
