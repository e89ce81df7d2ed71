"""``python -m trainer``, which torchrun can start several of."""

from trainer.cli import main

main()
