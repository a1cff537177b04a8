"""The second family of habits: no `Module`; functions, raw tensors, and loops of one's own.

Written after the first family was there, by other habits: expressions grown op by op, weights in dicts,
updates by hand, states that are passed from call to call, two networks against each other, a teacher,
second derivatives, jitted functions of all kinds of arguments.  `program(seed)` takes one of these plots.
"""

from programs import HEADER, Writer, indent

UNARY = ("tanh", "sigmoid", "relu", "softplus", "sin", "exp", "silu", "gelu", "cos", "abs")


class Grower:
    """Grows an expression: statements that name each value, from tensors of known shape."""

    def __init__(self, w, known):
        self.w, self.known, self.lines = w, dict(known), []

    def add(self, text, shape):
        name = self.w.name("v")
        self.lines.append(f"{name} = {text}")
        self.known[name] = shape
        return name

    def any(self, rank=None):
        names = [n for n, s in self.known.items() if rank is None or len(s) == rank]
        return self.w.pick(*names) if names else None

    def grow(self):
        """One more value, of one or two of those that are known."""
        w, a = self.w, self.any()
        shape = self.known[a]
        kind = w.r.randrange(12)
        if kind < 3:
            return self.add(f"ops.{w.pick(*UNARY)}({a} * 0.5)", shape)
        if kind == 3:
            return self.add(f"{a} {w.pick('*', '+', '-')} {w.number()}", shape)
        if kind == 4:
            return self.add(f"{w.pick(1.0, 2)} {w.pick('-', '*')} {a}", shape)
        same = [n for n, s in self.known.items() if s == shape]
        if kind in (5, 6):
            b = w.pick(*same)
            sign = w.pick("*", "+", "-")
            return self.add(f"{a} {sign} {b}", shape)
        if kind == 7:
            return self.add(f"ops.{w.pick('maximum', 'minimum')}({a}, {w.pick(*same)})", shape)
        if kind == 8 and len(shape) == 2:
            return self.add(
                f"{a} / (1 + abs({a}).{w.pick('sum', 'max')}({w.pick(0, 1)}, keepdims=True))", shape
            )
        if kind == 9 and len(shape) == 2:
            return self.add(f"ops.softmax({a}, axis={w.pick(0, 1)})", shape)
        if kind == 10 and len(shape) == 2:
            fits = [n for n, s in self.known.items() if len(s) == 2 and s[0] == shape[1]]
            if fits:
                b = w.pick(*fits)
                return self.add(f"{a} @ {b}", (shape[0], self.known[b][1]))
            return self.add(f"{a} @ {a}.T", (shape[0], shape[0]))
        if kind == 11 and len(shape) == 2:
            text, new = w.pick(
                (f"{a}.T", (shape[1], shape[0])),
                (f"{a}[:, :2]", (shape[0], min(2, shape[1]))),
                (f"ops.concatenate([{a}, {a}], axis=1)", (shape[0], 2 * shape[1])),
                (f"{a}[1:]", (max(shape[0] - 1, 0), shape[1])),
            )
            return self.add(text, new) if 0 not in new and new[1] < 13 else self.add(f"-{a}", shape)
        return self.add(f"{a} * {a}", shape)

    def total(self):
        """A loss that hangs on the last values."""
        names = list(self.known)[-3:]
        terms = [f"ops.mean({n} * {self.w.pick(n, '0.5', '1.0')})" for n in names]
        return " + ".join(terms)


def python(w, g):
    """A line or two of Python between two values; may make a value, too."""
    a = g.any()
    shape, name = g.known[a], w.name("v")
    plain = [
        [f"{name} = {a} * (1.0 if state['i'] < {w.late()} else {w.number()})"],
        [f"{name} = {a} * factors[state['i'] % len(factors)]"],
        ["factors.append(0.9)", f"{name} = {a} * factors[-1]"],
        [f"{name} = {a}", "for _ in range(len(factors) % 3):", f"    {name} = ops.tanh({name})"],
        [f"{name} = {a}", "for _ in range(state['i'] % 3):", f"    {name} = ops.sin({name})"],
        [f"{name} = {a} if coin.random() < 0.6 else ops.sin({a})"],
        [f"{name} = {a} * float(dice.normal())"],
        [f"{name} = {a} + 0.1 * dice.normal(size={a}.shape)"],
        [f"{name} = {a} * dice.integers(0, 2, {a}.shape)"],
        [f"{name} = {a} - {a}.numpy().mean()"],
        [f"{name} = {a} * 2 if {a}.numpy().sum() > 0 else {a}"],
        [f"{name} = {a} + {a}.detach() * 0.5"],
        ["with gg.no_grad():", f"    hidden = ops.tanh({a})", f"{name} = {a} * hidden"],
        [f"{name} = {a} * table.setdefault(state['i'] // 2, state['i'] + 0.5)"],
        [f"{name} = {a} * next(numbers)"],
        [f"{name} = {a} * memo['scale']", "memo['scale'] = memo['scale'] * 0.9 + 0.1"],
        [
            f"memo['seen'] = memo.get('seen', 0.0) + float(ops.mean({a}).item())",
            f"{name} = {a} + memo['seen']",
        ],
        [f"assert {a}.shape == {shape}", f"{name} = {a} * {a}.shape[0]"],
        [
            "try:",
            f"    {name} = {a} * table['missing']",
            "except KeyError:",
            f"    {name} = {a} * 1.5",
        ],
        [f"{name} = {{'a': {a}, 'b': {a} * 2}}['ab'[state['i'] % 2]]"],
        [f"{name} = sum([{a} * k for k in range(1 + state['i'] % 2, 3)])"],
        [f"{name} = (lambda t: t * rates[0])({a})", "rates[0] *= 0.95"],
        [f"{name} = {a} * np.array({w.number()}, np.float32) ** state['i'] if state['i'] else {a}"],
    ]
    g.lines += w.pick(*plain)
    g.known[name] = shape
    if w.chance(0.2) and not any("hook" in line for line in g.lines):
        g.lines += [
            f"if getattr({name}, 'requires_grad', False):",
            f"    {name}.register_hook(lambda g: {w.pick('-g', 'g * rates[0]', 'None')})",
        ]


STATE = [
    "state, factors, table, rates = {'i': 0}, [1.0, 0.5], {}, [1.0]",
    "memo, numbers = {'scale': 1.0}, iter(np.linspace(0.5, 1.5, 500).tolist())",
    "coin, dice, out = random.Random(7), np.random.default_rng(7), []",
]


def expression(w, known, size=None):
    """Statements that compute something from tensors of these shapes, and the loss of it."""
    g = Grower(w, known)
    for _ in range(size or w.pick(3, 4, 6, 8)):
        g.grow()
        if w.chance(0.35):
            python(w, g)
    return g.lines, g.total()


def weights(w, *shapes):
    """A dict of weights: a line of source, and their shapes by expression."""
    dtype = w.pick("np.float32", "np.float32", "np.float32", "np.float64")
    known = {f"p['{'abcdef'[i]}']": shape for i, shape in enumerate(shapes)}
    parts = ", ".join(
        f"'{n[3]}': gg.tensor(dice0.normal(size={s}).astype({dtype}) * 0.5)"
        for n, s in known.items()
    )
    return [f"dice0 = np.random.default_rng({w.seed()})", f"p = {{{parts}}}"], known


def update(w):
    """How the weights move."""
    by_hand = [
        [
            "for t in p.values():",
            "    if t.grad is not None:",
            "        t.value = t.numpy() - 0.1 * t.grad",
            "        t.zero_grad()",
        ],
        ["for t in p.values():", "    t.value = t.numpy() * 0.99", "    t.zero_grad()"],
        [
            "for k, t in p.items():",
            "    if t.grad is not None:",
            "        v[k] = 0.9 * v.get(k, 0.0) + t.grad",
            "        t.value = t.numpy() - 0.05 * v[k]",
            "    t.zero_grad()",
        ],
        [
            "moves[0] += 1",
            "for t in p.values():",
            "    if t.grad is not None:",
            "        t.value = t.numpy() - 0.1 / moves[0] * np.sign(t.grad)",
            "        t.zero_grad()",
        ],
    ]
    if w.chance(0.5):
        return ["v, moves = {}, [0]"], w.pick(*by_hand)
    kind = w.pick(
        "SGD(list(p.values()), lr=0.1)",
        "SGD(list(p.values()), lr=0.1, momentum=0.9)",
        "Adam(list(p.values()), lr=0.05)",
        "RMSprop(list(p.values()), lr=0.01)",
        "Adagrad(list(p.values()), lr=0.1)",
    )
    lines = ["optimizer.step()", "optimizer.zero_grad()"]
    if w.chance(0.3):
        lines = ["optim.clip_grad_norm(p.values(), 1.0)", *lines]
    if w.chance(0.2):
        lines = [f"if state['i'] % {w.pick(2, 3)}:", *indent(lines)]
    return [f"optimizer = optim.{kind}"], lines


END = ["out += [t.numpy() for t in p.values()] + [t.grad for t in p.values()]", "return out"]


def grown(w):
    """Weights, an expression, an update: all inside one jitted function."""
    make, known = weights(w, (3, 4), (4,), (4, 2), (2,))
    lines, total = expression(w, {"x": (5, 3)} | known)
    setup, move = update(w)
    back = w.pick("out.append(total.item())", "pass", "return total", "return float(total.item())")
    call = "out.append(step(x).numpy())" if back == "return total" else "out.append(step(x))"
    x = w.pick(
        "dice1.normal(size=(5, 3)).astype(np.float32)",
        "gg.tensor(dice1.normal(size=(5, 3)).astype(np.float32), requires_grad=False)",
        "dice1.normal(size=(5, 3))",
    )
    return [
        *make,
        *setup,
        "def step(x):",
        *indent([*lines, f"total = {total}", "total.backward()", *move, back]),
        "step = jitted(step)",
        "dice1 = np.random.default_rng(3)",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        f"    x = {x}",
        f"    {call}",
        *END,
    ]


def recurrent(w):
    """A state that goes from call to call, over sequences of different lengths."""
    make, _ = weights(w, (3, 4), (4, 4), (4,))
    setup, move = update(w)
    act = w.pick("tanh", "sigmoid", "softplus")
    keep = w.pick("h.detach()", "h.numpy()", "gg.tensor(h.numpy(), requires_grad=False)")
    extra = w.pick(
        [], ["if len(xs) > 2:", "    h = h * 0.5"], ["h = h * (1 + 0.1 * float(coin.random()))"]
    )
    return [
        *make,
        *setup,
        "def step(xs, h):",
        "    total = 0.0",
        "    for x in xs:",
        f"        h = ops.{act}(x @ p['a'] + h @ p['b'] + p['c'])",
        *indent(extra, 2),
        "        total = total + ops.mean(h * h)",
        "    total.backward()",
        *indent(move),
        f"    return total.item(), {keep}",
        "step = jitted(step)",
        "dice1, h = np.random.default_rng(3), np.zeros((2, 4), np.float32)",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        f"    xs = dice1.normal(size=(1 + i % {w.pick(2, 3)}, 2, 3)).astype(np.float32)",
        "    loss, h = step(xs, h)",
        "    out += [loss, h.numpy() if hasattr(h, 'numpy') else h]",
        *END,
    ]


def adversaries(w):
    """Two networks with two jitted steps, in turn, one more often than the other."""
    make, _ = weights(w, (2, 3), (3, 2), (2, 4), (4, 1))
    methods = w.pick(("SGD", "Adam"), ("Adam", "Adam"), ("RMSprop", "SGD"))
    return [
        *make,
        f"one = optim.{methods[0]}([p['a'], p['b']], lr=0.05)",
        f"two = optim.{methods[1]}([p['c'], p['d']], lr=0.05)",
        "def make(z):",
        "    return ops.tanh(z @ p['a']) @ p['b']",
        "def judge(x):",
        "    return ops.sigmoid(ops.relu(x @ p['c']) @ p['d'])",
        "def learn_to_judge(x, z):",
        "    two.zero_grad()",
        f"    loss = ops.mean(judge(make(z){w.pick('.detach()', '')})) - ops.mean(judge(x))",
        "    loss.backward()",
        "    two.step()",
        "    return loss",
        "def learn_to_make(z):",
        "    one.zero_grad()",
        "    loss = -ops.mean(judge(make(z)))",
        "    loss.backward()",
        "    one.step()",
        "    return loss.item()",
        "learn_to_judge, learn_to_make = jitted(learn_to_judge), jitted(learn_to_make)",
        "dice1 = np.random.default_rng(3)",
        f"for i in range({w.steps}):",
        f"    for _ in range({w.pick('1 + i % 2', '2', '1')}):",
        "        x, z = dice1.normal(size=(2, 4, 2)).astype(np.float32)",
        "        out.append(learn_to_judge(x, z).item())",
        "    out.append(learn_to_make(dice1.normal(size=(4, 2)).astype(np.float32)))",
        *END,
    ]


def teacher(w):
    """A teacher follows the pupil, inside the step or outside of it."""
    make, _ = weights(w, (3, 3), (3,))
    setup, move = update(w)
    follow = [
        "for k in p:",
        f"    q[k].value = {w.pick(0.9, 0.5)} * q[k].numpy() + (1 - {w.pick(0.9, 0.5)}) * p[k].numpy()",
    ]
    inside = w.chance(0.5)
    lines, extra = expression(w, {"y": (4, 3)}, 2)
    return [
        *make,
        "q = {k: gg.tensor(t.numpy(), requires_grad=False) for k, t in p.items()}",
        *setup,
        "def net(p, x):",
        "    return ops.tanh(x @ p['a'] + p['b'])",
        "def step(x):",
        "    y = net(p, x)",
        *indent(lines),
        f"    target = net(q, x){w.pick('.detach()', '')}",
        f"    total = ops.mse_loss(y, target) + 0.1 * ({extra})",
        "    total.backward()",
        *indent(move),
        *(indent(follow) if inside else []),
        "    return total.item()",
        "step = jitted(step)",
        "dice1 = np.random.default_rng(3)",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        "    out.append(step(dice1.normal(size=(4, 3)).astype(np.float32)))",
        *([] if inside else indent(follow)),
        *END,
    ]


def second_order(w):
    """The length of a gradient is part of the loss."""
    make, _ = weights(w, (3, 4), (4, 1))
    setup, move = update(w)
    act = w.pick("tanh", "sigmoid", "softplus", "sin")
    when = w.pick("True", f"state['i'] >= {w.late()}", "state['i'] % 2 == 0")
    return [
        *make,
        *setup,
        "def step(x):",
        "    x = gg.tensor(x)",
        f"    y = ops.mean(ops.{act}(x @ p['a']) @ p['b'])",
        "    total = y * y",
        f"    if {when}:",
        f"        g = gg.grad(y, {w.pick('x', 'p[' + repr('a') + ']')}, create_graph=True)",
        "        total = total + (g * g).sum()",
        "    total.backward()",
        *indent(move),
        "    return total.numpy()",
        "step = jitted(step)",
        "dice1 = np.random.default_rng(3)",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        "    out.append(step(dice1.normal(size=(4, 3)).astype(np.float32)))",
        *END,
    ]


def arguments(w):
    """A jitted function of all kinds of arguments, without training."""
    lines, total = expression(w, {"a": (3, 2), "b": (3, 2)}, 4)
    calls = [
        "f(t(i), t(i + 1))",
        "f(t(i), t(i))",
        "f(x, x)",
        "f(b=t(1), a=t(i))",
        "f(t(i), t(2), scale=i)",
        "f(t(i), t(2), scale=0.5 * i)",
        "f(t(i), t(2), how='square' if i % 2 else 'plain')",
        "f(t(i), t(2), parts=[t(0), i])",
        "f(t(i), t(2), parts=(t(i),) * (i % 3))",
        "f(t(i).astype(np.float64), t(2))",
        "f(gg.tensor(t(i)), t(2))",
        "f(np.asfortranarray(t(i)), t(3))",
        "f(t(i), t(2), scale=np.float32(i))",
        "f(t(i), t(2), scale=True)",
        "f(t(i), t(2), scale=np.ones(2, np.float32) * i)",
        "f(t(i)[::-1], t(2))",
        "f(x, t(i))",
        "f(gg.tensor(t(2), requires_grad=False), gg.tensor(t(i)))",
        "f(t(i), t(2), how='none')",
        "f(t(i), t(2), how='dict')",
        "f(t(i), t(2), how='tuple')",
    ]
    chosen = [w.pick(*calls) for _ in range(w.pick(1, 2, 3))]
    return [
        "def t(seed):",
        "    return np.random.default_rng(seed).normal(size=(3, 2)).astype(np.float32)",
        "def read(r):",
        "    if isinstance(r, dict):",
        "        return {k: read(v) for k, v in r.items()}",
        "    if isinstance(r, list | tuple):",
        "        return [read(v) for v in r]",
        "    return r.numpy() if hasattr(r, 'numpy') else r",
        "x = t(9)",
        "def f(a, b, scale=1.0, how='plain', parts=()):",
        "    for part in parts:",
        "        a = a + part",
        "    a = a * scale",
        "    if how == 'square':",
        "        b = b * b",
        "    if not hasattr(a, 'op'):",
        "        a = gg.tensor(a)",
        "    if not hasattr(b, 'op'):",
        "        b = gg.tensor(b, requires_grad=False)",
        *indent(lines),
        f"    total = {total}",
        "    if how == 'none':",
        "        out.append(total.item())",
        "        return None",
        "    if how == 'dict':",
        "        return {'total': total, 'scale': scale}",
        "    return (total, a) if how == 'tuple' else total",
        "f = jitted(f)",
        "kept = []",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        *[f"    kept.append({call})" for call in chosen],
        *w.pick([], ["    x *= 1.5"], ["    x = x + 1"]),
        "return out + [read(r) for r in kept]",
    ]


def objects(w):
    """Jitted methods of several objects, and jitted functions that call jitted functions."""
    lines, total = expression(w, {"h": (3, 3)}, 3)
    return [
        "class Model:",
        "    def __init__(self, seed):",
        "        self.w = gg.tensor(np.random.default_rng(seed).normal(size=(2, 3)).astype(np.float32))",
        "        self.calls, self.inner = 0, jitted(self.hidden)",
        "        self.step = jitted(self.step)",
        "    def hidden(self, x):",
        "        return ops.tanh(x @ self.w)",
        "    def step(self, x):",
        "        self.calls += 1",
        f"        h = self.{w.pick('inner', 'hidden')}(x) * (1 + self.calls % 3)",
        *indent(lines, 2),
        f"        total = {total}",
        "        total.backward()",
        "        self.w.value = self.w.numpy() - 0.1 * self.w.grad",
        "        self.w.zero_grad()",
        "        return total.item()",
        "models = [Model(1), Model(2)]",
        "dice1 = np.random.default_rng(3)",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        "    x = dice1.normal(size=(3, 2)).astype(np.float32)",
        f"    for model in models{w.pick('', '[: 1 + i % 2]', '[::-1]')}:",
        "        out.append(model.step(x))",
        *w.pick([], [f"    if i == {w.late()}:", "        models.append(Model(3))"]),
        "return out + [model.w.numpy() for model in models]",
    ]


def by_fit(w):
    """`fit`, with callbacks that change settings, weights and flags on the way."""
    changes = [
        "optimizer.lr *= 0.7",
        "state['i'] = record.step",
        "model.head.scale = record.step % 3",
        "optimizer.momentum = 0.5",
        "model.head.on = not model.head.on",
        "factors.append(record.loss)",
        "model.parameters()[0].requires_grad = record.step < 4",
        "model.parameters()[0].value = model.parameters()[0].numpy() * 0.9",
    ]
    chosen = [w.pick(*changes) for _ in range(w.pick(1, 2))]
    penalty = w.pick(
        "None",
        "lambda m: ops.l2_penalty(m.parameters(), 0.01 * state['i'])",
        "lambda m: (m.head.s * m.head.s).sum() * len(factors)",
    )
    clip, schedule = w.pick("math.inf", "0.5"), w.pick("None", "optim.CosineAnnealingLR()")
    nesterov = w.pick(True, False)
    layers = w.pick("nn.Tanh()", "nn.BatchNorm(4), nn.ReLU()", "nn.Dropout(0.3, rng=2), nn.GELU()")
    return [
        "from glassgrad.data import points",
        "class Head(nn.Module):",
        "    def __init__(self):",
        "        self.scale, self.on, self.s = 1, False, nn.Parameter([1.0, 0.5], 's')",
        "    def forward(self, x):",
        "        x = x * self.s * (1 + self.scale)",
        f"        return {w.pick('ops.tanh(x)', 'x * coin.random()', 'x + x.detach()')} if self.on else x",
        "class Net(nn.Module):",
        "    def __init__(self):",
        f"        self.body = nn.Sequential(nn.Linear(2, 4, rng=0), {layers}, nn.Linear(4, 2, rng=1))",
        "        self.head = Head()",
        "    def forward(self, x):",
        "        return self.head(self.body(x))",
        "model = Net()",
        f"optimizer = optim.SGD(model.parameters(), lr=0.2, momentum=0.9, nesterov={nesterov})",
        "def told(record):",
        f"    if isinstance(record, train.Step) and record.step % {w.pick(1, 2, 3)} == 0:",
        *indent(chosen, 2),
        f"settings = {{'steps': {w.pick(7, 11)}, 'batch_size': {w.pick(4, 5, 8)}, 'clip': {clip}}}",
        f"settings |= {{'penalty': {penalty}, 'schedule': {schedule}, 'callbacks': [told], 'rng': 0}}",
        "data = points.circle(22, rng=0)",
        "history = train.fit(model, data, optimizer=optimizer, jit=jit, **settings)",
        "out += [(s.loss, s.accuracy, s.gradient_norm, s.lr) for s in history.steps]",
        "return out + [*model.state_dict().values(), optimizer.state_dict()]",
    ]


PLOTS = [
    grown,
    grown,
    grown,
    recurrent,
    adversaries,
    teacher,
    second_order,
    arguments,
    objects,
    by_fit,
]


def program(seed):
    """The text of the program of this seed."""
    w = Writer(seed)
    body = w.pick(*PLOTS)(w)
    lines = [*STATE, "jitted = gg.jit if jit else (lambda f: f)", *body]
    return HEADER + "def program(jit):\n" + "\n".join(indent(lines)) + "\n"
