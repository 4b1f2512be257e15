"""Plans with a name: each fills in the form, and everything can then be changed."""

from dataclasses import dataclass

from benchcore.architecture import NETWORKS, RESNET50_DLIB
from benchcore.plan import DEFAULT_BATCHES, MODES, Request

CONTENDERS = ("dlib", "torch")
IMAGE_SIZE = "224"

SEED_BATCHES = {"infer": (1, 2, 4, 8, 16, 32, 64, 128), "train": (1, 2, 4, 8, 16, 32)}
"""Of the tables of 2020, batch 1 in training included, which dlib refuses by now."""


@dataclass(frozen=True)
class Preset:
    """A name, what it stands for in a sentence, and its networks, batch sizes and profile."""

    name: str
    about: str
    networks: tuple[str, ...]
    profile: str
    infer: tuple[int, ...] | None
    train: tuple[int, ...] | None

    @property
    def title(self) -> str:
        """As a button says it."""
        return self.name.capitalize()

    def request(self) -> Request:
        """All of the form but the device; batch sizes left open are the device's usual ones."""
        return Request(
            networks=list(self.networks),
            modes=list(MODES),
            batch_sizes=None if self.infer is None else list(self.infer),
            train_batch_sizes=None if self.train is None else list(self.train),
            contenders=list(CONTENDERS),
            image_size=IMAGE_SIZE,
            profile=self.profile,
        )


PRESETS = (
    Preset(
        name="quick",
        about="Both networks once, with the device's usual batch sizes: a look, not a verdict.",
        networks=NETWORKS,
        profile="quick",
        infer=None,
        train=None,
    ),
    Preset(
        name="seed",
        about="The benchmark of 2020: dlib's own network, its batch sizes, the mean of 100 "
        "iterations.",
        networks=(RESNET50_DLIB,),
        profile="classic",
        infer=SEED_BATCHES["infer"],
        train=SEED_BATCHES["train"],
    ),
    Preset(
        name="full",
        about="Both networks at every batch size up to 128 (32 in training), with intervals.",
        networks=NETWORKS,
        profile="default",
        infer=DEFAULT_BATCHES["cuda", "infer"],
        train=DEFAULT_BATCHES["cuda", "train"],
    ),
)
"""In the order in which a key goes through them."""
