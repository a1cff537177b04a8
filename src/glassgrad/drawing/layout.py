"""Where the boxes of a graph go: layers, then order within a layer, then coordinates.

Each box gets a rank, so that every arrow points forward; arrows over several ranks are led through
invisible boxes; boxes are ordered by the mean place of their neighbours, which uncrosses most arrows;
last, each is moved towards its neighbours as far as the others let it.  Read next: `picture.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glassgrad.drawing.shapes import Point

Edge = tuple[int, int]
SWEEPS = 12
STRAIGHT = 400.0
"""How much more a box with several arrows wants to stand in line than a leaf with one."""


@dataclass(frozen=True)
class Extent:
    """How large a box to be placed is, along the direction of the arrows and across it."""

    along: float
    across: float


@dataclass(frozen=True)
class Layout:
    """The centre of every box, the points that every arrow goes through, and the size of it all."""

    centres: Mapping[int, Point]
    paths: Mapping[Edge, Sequence[Point]]
    size: Point


def layered(
    boxes: Mapping[int, Extent], edges: Sequence[Edge], gap: float = 46.0, apart: float = 26.0
) -> Layout:
    """Place the boxes of an acyclic graph; arrows run along the first coordinate.

    Args:
        boxes: by any whole numbers, those of the edges.
        edges: from box to box; there may be several between two.
        gap: room between ranks, for the arrows.
        apart: room between the boxes of a rank.

    >>> layout = layered({0: Extent(10, 10), 1: Extent(10, 10)}, [(0, 1)])
    >>> [round(x) for x, y in layout.centres.values()]
    [5, 61]
    """
    edges = list(dict.fromkeys(edges))
    ranks = ranked(boxes, edges)
    sizes, chains = dict(boxes), {}
    for edge in edges:
        chains[edge] = _led_through(edge, ranks, sizes)
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    order = ordered(ranks, links)
    across = placed(order, links, sizes, apart)
    along = _columns(order, sizes, gap)
    centres = {i: (along[ranks[i]], across[i]) for i in ranks}
    paths = {e: [centres[i] for i in chain] for e, chain in chains.items()}
    length = max((along[ranks[i]] + sizes[i].along / 2 for i in boxes), default=0.0)
    width = max((across[i] + sizes[i].across / 2 for i in sizes), default=0.0)
    return Layout({i: centres[i] for i in boxes}, paths, (length, width))


def ranked(boxes: Mapping[int, Extent], edges: Sequence[Edge]) -> dict[int, int]:
    """The rank of each box: after everything that it needs, just before what needs it."""
    after, before = defaultdict(list), defaultdict(list)
    for a, b in edges:
        after[a].append(b)
        before[b].append(a)
    ranks: dict[int, int] = {}
    waiting = {i: len(before[i]) for i in boxes}
    ready = [i for i in boxes if not waiting[i]]
    for i in ready:  # the list grows while it is read
        ranks[i] = max((ranks[j] + 1 for j in before[i]), default=0)
        for j in after[i]:
            waiting[j] -= 1
            if not waiting[j]:
                ready.append(j)
    for i in reversed(ready):  # a leaf stands next to its first use, not at the far end
        if not before[i] and after[i]:
            ranks[i] = min(ranks[j] for j in after[i]) - 1
    return ranks


def _led_through(edge: Edge, ranks: dict[int, int], sizes: dict[int, Extent]) -> list[int]:
    """The boxes that an edge goes through: an invisible one in every rank between its ends."""
    a, b = edge
    chain = [a]
    for rank in range(ranks[a] + 1, ranks[b]):
        new = len(sizes) + 1_000_000
        ranks[new], sizes[new] = rank, Extent(0.0, 0.0)
        chain.append(new)
    return [*chain, b]


def ordered(ranks: Mapping[int, int], links: Sequence[Edge]) -> list[list[int]]:
    """The boxes of each rank in order, with few crossings: sweeps there and back, the best is kept."""
    order: list[list[int]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for i, rank in ranks.items():
        order[rank].append(i)
    best, fewest = [list(layer) for layer in order], crossings(order, links)
    neighbours = _neighbours(links)
    for sweep in range(SWEEPS):
        place = {i: k / max(1, len(layer) - 1) for layer in order for k, i in enumerate(layer)}
        for layer in order if sweep % 2 == 0 else reversed(order):
            towards = {
                i: [place[j] for j in neighbours[i] if (ranks[j] < ranks[i]) == (sweep % 2 == 0)]
                for i in layer
            }
            mean = {i: sum(p) / len(p) if p else place[i] for i, p in towards.items()}
            layer.sort(key=lambda i: (mean[i], place[i]))
            place.update({i: k / max(1, len(layer) - 1) for k, i in enumerate(layer)})
        if (count := crossings(order, links)) < fewest:
            best, fewest = [list(layer) for layer in order], count
    return best


def _neighbours(links: Sequence[Edge]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for a, b in links:
        found[a].append(b)
        found[b].append(a)
    return found


def crossings(order: Sequence[Sequence[int]], links: Sequence[Edge]) -> int:
    """How many pairs of arrows cross."""
    rank = {i: r for r, layer in enumerate(order) for i in layer}
    place = {i: k for layer in order for k, i in enumerate(layer)}
    between: dict[int, list[Edge]] = defaultdict(list)
    for a, b in links:
        between[rank[a]].append((place[a], place[b]))
    count = 0
    for pairs in between.values():
        pairs.sort()
        ends = [b for _, b in pairs]
        count += sum(ends[j] < ends[i] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return count


def placed(
    order: Sequence[Sequence[int]], links: Sequence[Edge], sizes: Mapping[int, Extent], apart: float
) -> dict[int, float]:
    """The place of each box across the arrows: near its neighbours, and clear of the next one."""
    at: dict[int, float] = {}
    for layer in order:
        edge = 0.0
        for i in layer:
            at[i] = edge + sizes[i].across / 2
            edge += sizes[i].across + apart
    neighbours = _neighbours(links)
    weight = {i: 1.0 if len(neighbours[i]) < 2 else STRAIGHT for i in at}
    for sweep in range(4 * SWEEPS):
        for layer in order if sweep % 2 == 0 else reversed(order):
            wanted = [_mean([(at[j], weight[j]) for j in neighbours[i]], at[i]) for i in layer]
            level = _apart(layer, wanted, [weight[i] for i in layer], sizes, apart)
            at.update(zip(layer, level, strict=True))
    lowest = min((at[i] - sizes[i].across / 2 for i in at), default=0.0)
    return {i: y - lowest for i, y in at.items()}


def _mean(values: Sequence[tuple[float, float]], otherwise: float) -> float:
    total = sum(w for _, w in values)
    return sum(v * w for v, w in values) / total if total else otherwise


def _apart(
    layer: Sequence[int],
    wanted: Sequence[float],
    weights: Sequence[float],
    sizes: Mapping[int, Extent],
    apart: float,
) -> list[float]:
    """The nearest places to those wanted at which no two boxes touch.

    Less the room that all boxes before it take, the places must not fall: neighbours that would are
    pooled, and share their mean.
    """
    room = [0.0]
    for a, b in pairwise(layer):
        room.append(room[-1] + (sizes[a].across + sizes[b].across) / 2 + apart)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many boxes
    for w, r, weight in zip(wanted, room, weights, strict=True):
        pool = (w - r, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, heavy, n = pools.pop()
            both = heavy + pool[1]
            pool = ((mean * heavy + pool[0] * pool[1]) / both, both, n + pool[2])
        pools.append(pool)
    level = [mean for mean, _, n in pools for _ in range(n)]
    return [v + r for v, r in zip(level, room, strict=True)]


def _columns(
    order: Sequence[Sequence[int]], sizes: Mapping[int, Extent], gap: float
) -> list[float]:
    """The middle of each rank along the arrows."""
    middles, edge = [], 0.0
    for layer in order:
        width = max((sizes[i].along for i in layer), default=0.0)
        middles.append(edge + width / 2)
        edge += width + gap
    return middles
