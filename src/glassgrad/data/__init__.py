"""Data: sets of labelled examples, where they come from, and batches of them.

`load("digits")` needs no network.  Read next: `base.py`.
"""

from glassgrad.data.base import Dataset as Dataset
from glassgrad.data.base import Splits as Splits
from glassgrad.data.base import split as split
from glassgrad.data.cifar import read_cifar as read_cifar
from glassgrad.data.csv import read_csv as read_csv
from glassgrad.data.idx import read_idx as read_idx
from glassgrad.data.loader import Loader as Loader
from glassgrad.data.registry import check as check
from glassgrad.data.registry import get as get
from glassgrad.data.registry import info as info
from glassgrad.data.registry import load as load
from glassgrad.data.registry import names as names
from glassgrad.data.source import FileCheck as FileCheck
from glassgrad.data.source import Info as Info
from glassgrad.data.transforms import Compose as Compose
from glassgrad.data.transforms import Crop as Crop
from glassgrad.data.transforms import Flip as Flip
from glassgrad.data.transforms import Normalize as Normalize
from glassgrad.data.transforms import Shift as Shift
