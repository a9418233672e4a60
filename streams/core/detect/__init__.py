"""Detectors of rising counts."""

from streams.core.detect.detector import SpikeDetector
from streams.core.detect.protocol import Census, Detector, Reading
from streams.core.detect.tuning import Tuning

__all__ = ["Census", "Detector", "Reading", "SpikeDetector", "Tuning"]
