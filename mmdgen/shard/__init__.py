"""Shards: training triplets in HDF5 files, the only edge between rendering and training.

    ShardWriter ──► train-00000.h5 ──► ShardReader        layout.py    names, header, model records, file names
         │                │                 │             codec.py     zlib streams and checksums
         └─── codec ──────┴───── codec ─────┘             writer.py    complete under the final name, or absent
                          └──► verify                     reader.py    opens lazily, trusts nothing in the file
                                                          checking.py  every promise of the format

docs/shard-format.md describes the file. Needs numpy, h5py, isal and (for speed) deflate; knows nothing of models.
"""

from mmdgen.shard.checking import verify
from mmdgen.shard.layout import FORMAT_VERSION, SPLITS, LookColumns, ShardHeader, ShardModel, find_shards, shard_name
from mmdgen.shard.reader import ShardReader
from mmdgen.shard.writer import Packed, ShardWriter, pack

__all__ = [
    "FORMAT_VERSION",
    "SPLITS",
    "LookColumns",
    "Packed",
    "ShardHeader",
    "ShardModel",
    "ShardReader",
    "ShardWriter",
    "find_shards",
    "pack",
    "shard_name",
    "verify",
]
