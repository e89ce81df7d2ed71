"""Motions: a table of poses in, a film out.

```
poses.csv ──table──► Motion ──(drawn batch by batch)──► films ──► video      MP4, WebM   (PyAV)
                                                          └─────► animation  WebP, APNG  (Pillow), a folder of PNGs
```
"""
