from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

def fingerprints(texts: Sequence[str | None]) -> NDArray[np.uint32]: ...
