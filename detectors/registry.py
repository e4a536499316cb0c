"""Every detector there is, in the order of the catalogue."""

from __future__ import annotations

from detectors.api import Detector

DETECTORS: tuple[type[Detector], ...] = ()
