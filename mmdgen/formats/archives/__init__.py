"""Archives as makers pack them, to files with names that every system can hold.

unpack      the door: unpack(archive, folder) -> Unpacked, nested archives included
containers  zip, 7z and rar, streamed to files
limits      how much an archive may hold, counted while it streams
encoding    which encoding the names of a zip are in
names       names that no system stumbles over, and one place for each
"""
