"""One thread a process: the networks of these tests are tiny, and several test processes may share the machine."""

from __future__ import annotations

import os

import torch

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # of the processes that tests start
