"""BEGAN (Boundary Equilibrium GAN) derived, built, tested and trained in notebooks, and the library that they export

```python
from began_nb import cli, data, equilibrium, layers, models, toyfaces, training, vision
from began_nb.cli import *
from began_nb.data import *
from began_nb.equilibrium import *
from began_nb.layers import *
from began_nb.models import *
from began_nb.toyfaces import *
from began_nb.training import *
from began_nb.vision import *
```

```python
__all__ = sorted({name for module in (cli, data, equilibrium, layers, models, toyfaces, training, vision) for name in module.__all__})
```"""

__version__ = "0.1.0"
