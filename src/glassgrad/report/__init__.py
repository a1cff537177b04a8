"""Reports: results as one HTML page that needs nothing else, as notebooks, or as LaTeX.

Read next: `page.py`.
"""

from __future__ import annotations

from glassgrad.report.latex_report import tex as tex
from glassgrad.report.markdown import markdown as markdown
from glassgrad.report.notebook import claims as claims
from glassgrad.report.notebook import notebook as notebook
from glassgrad.report.page import page as page
from glassgrad.report.write import FORMATS as FORMATS
from glassgrad.report.write import write as write
