"""Detectors: whether the count of a series rises beyond what is expected of it."""

from streams.core.detect.detector import RiseDetector
from streams.core.detect.protocol import Census, Detector, Reading
from streams.core.detect.tuning import Tuning

__all__ = ["Census", "Detector", "Reading", "RiseDetector", "Tuning"]
