"""From a library of annotated models to shards: a plan made once, units that workers render, resumed by running again.

    model paths ──survey──► Candidates ──plan──► Units ──studio──► shards
                              │            │        ▲
                              └─ render.json ──────┘ crew: worker processes, each with its own OpenGL

survey     reads and binds every model once: a Candidate, or Skipped with its reason
splits     which models are train, val and test
plan       how many samples of which model lie in which shard: arithmetic alone
manifest   render.json: what a folder of shards was rendered from, and whether this command may go on with it
crew       worker processes that may die
muster     the crews of a run: those who draw get ready while others survey
looks      random light, shading, outlines and colours, a function of the sample alone
studio     what a worker does with a unit: pictures into one shard
job        all of it in order

A sample is a function of (seed, model identity, index) and the render settings alone, so neither workers nor order nor
the number of samples change any picture; a unit is one shard, whole or absent.
"""

from mmdgen.generate.job import Job, Outcome
from mmdgen.generate.muster import Muster
from mmdgen.generate.request import Request

__all__ = ["Job", "Muster", "Outcome", "Request"]
