"""Habits in `forward`: layers, and Python that remembers, draws, branches and looks.

Each habit is a function of the `Writer` that answers with the lines of one statement; what it needs
elsewhere (a field, a global, a change on the way) it writes there.  Read next: `habits.py`.
"""

# ---- layers: statements of `forward`, which know the shape of x without its batch


def width(w):
    return w.shape[0]


def linear(w):
    name, out = w.name("l"), w.pick(3, 4, 5)
    bias = w.pick("", "", ", bias=False")
    w.init.append(f"self.{name} = nn.Linear({width(w)}, {out}, rng={w.seed()}{bias})")
    w.shape = (out,)
    return [f"x = self.{name}(x)"]


def conv(w):
    name, out = w.name("c"), w.pick(2, 3)
    w.init.append(f"self.{name} = nn.Conv2d({width(w)}, {out}, 3, padding=1, rng={w.seed()})")
    w.shape = (out, *w.shape[1:])
    return [f"x = self.{name}(x)"]


def pool(w):
    if w.shape[1] % 2:
        return activation(w)
    name = w.name("p")
    w.init.append(f"self.{name} = nn.{w.pick('MaxPool2d', 'AvgPool2d')}(2)")
    w.shape = (w.shape[0], w.shape[1] // 2, w.shape[2] // 2)
    return [f"x = self.{name}(x)"]


def norm(w):
    name = w.name("n")
    momentum = w.pick("", ", momentum=0.5")
    shape = w.shape if len(w.shape) > 1 else width(w)
    kind = w.pick(f"BatchNorm({width(w)}{momentum})", f"LayerNorm({shape})")
    w.init.append(f"self.{name} = nn.{kind}")
    if "Batch" in kind and momentum and w.chance(0.5):
        w.before += [f"if i == {w.late()}:", f"    model.{name}.momentum = 0.25"]
    return [f"x = self.{name}(x)"]


def dropout(w):
    name = w.name("d")
    w.init.append(f"self.{name} = nn.Dropout({w.pick(0.0, 0.2, 0.5)}, rng={w.seed()})")
    if w.chance(0.3):
        w.before += [f"if i == {w.late()}:", f"    model.{name}.p = {w.pick(0.1, 0.0, 0.7)}"]
    return [f"x = self.{name}(x)"]


FUNCTIONS = (
    "tanh",
    "relu",
    "sigmoid",
    "softplus",
    "silu",
    "gelu",
    "leaky_relu",
    "elu",
    "sin",
    "erf",
)


def activation(w):
    return [f"x = ops.{w.pick(*FUNCTIONS)}(x)"]


def activation_layer(w):
    name = w.name("a")
    kind = w.pick(
        "ReLU()", "LeakyReLU(0.2)", "ELU(0.5)", "GELU()", "SiLU()", "Softplus()", "Tanh()"
    )
    w.init.append(f"self.{name} = nn.{kind}")
    return [f"x = self.{name}(x)"]


def residual(w):
    name = w.name("r")
    if len(w.shape) > 1:
        w.init.append(f"self.{name} = nn.Conv2d({width(w)}, {width(w)}, 1, rng={w.seed()})")
    else:
        w.init.append(f"self.{name} = nn.Linear({width(w)}, {width(w)}, rng={w.seed()})")
    return [f"x = x + self.{name}(ops.{w.pick(*FUNCTIONS)}(x))"]


def custom_scale(w):
    w.fresh(
        "class Scale(nn.Module):",
        "    def __init__(self, start):",
        "        self.s, self.seen = nn.Parameter(start, 's'), 0",
        "    def forward(self, x):",
        "        self.seen += 1",
        "        return x * self.s",
    )
    name = w.name("s")
    w.init.append(f"self.{name} = Scale({w.number()})")
    return [f"x = self.{name}(x)"]


def reciprocal(w):
    return [f"x = x / ({w.pick(1, 2.0)} + abs(x))"]


def softmax_gate(w):
    return ["x = x * ops.softmax(x, axis=1)"]


# ---- state: what Python remembers between calls


def counter(w):
    w.init.append("self.calls = 0")
    return ["self.calls += 1", f"x = x * (1.0 if self.calls < {w.late()} else {w.number()})"]


def counter_in_list(w):
    name = w.name("_count")
    w.init.append(f"self.{name} = [0]")
    return [f"self.{name}[0] += 1", f"x = x * (1 + 0.1 * (self.{name}[0] % {w.pick(2, 3, 4)}))"]


def closure_scale(w):
    key = w.name("k")
    w.top.append(f"state['{key}'] = {w.number()}")
    when = w.pick(f"i == {w.late()}", f"i % {w.pick(2, 3)} == 1", "True")
    w.before += [f"if {when}:", f"    state['{key}'] = {w.pick('i / 4', w.number())}"]
    return [f"x = x * state['{key}']"]


def numpy_scalar(w):
    name = w.name("k")
    kind = w.pick("np.float32", "np.float64", "np.int64")
    w.init.append(f"self.{name} = {kind}(2)")
    w.before += [f"if i == {w.late()}:", f"    model.{name} = {kind}(3)"]
    return [f"x = x * float(self.{name})" if kind != "np.float32" else f"x = x * self.{name}"]


def flag(w):
    name = w.name("on")
    w.init.append(f"self.{name} = {w.pick('False', 'None', '0')}")
    w.before += [f"if i == {w.late()}:", f"    model.{name} = True"]
    return [f"if self.{name}:", f"    x = ops.{w.pick(*FUNCTIONS)}(x)"]


def function_field(w):
    name = w.name("f")
    w.init.append(f"self.{name} = None")
    w.before += [f"if i == {w.late()}:", f"    model.{name} = ops.{w.pick(*FUNCTIONS)}"]
    return [f"x = x if self.{name} is None else self.{name}(x)"]


def mask_field(w):
    name = w.name("mask")
    w.init.append(f"self.{name} = np.ones({width(w)}, np.float32)")
    change = w.pick(
        f"model.{name}[{w.r.randrange(width(w))}] = 0", f"model.{name} = model.{name} * 0.5"
    )
    w.before += [f"if i == {w.late()}:", f"    {change}"]
    tail = "[:, None, None]" if len(w.shape) > 1 else ""
    return [f"x = x * self.{name}{tail}"]


def constant_tensor(w):
    name = w.name("t")
    w.init.append(f"self.{name} = gg.tensor(np.float32({w.number()}), requires_grad=False)")
    w.before += [
        f"if i == {w.late()}:",
        f"    model.{name} = gg.tensor(np.float32(2), requires_grad=False)",
    ]
    return [f"x = x + self.{name}"]


def running_sum(w):
    name = w.name("sum")
    w.init.append(f"self.{name} = {w.pick('0.0', 'np.float32(0)')}")
    look = w.pick("float(ops.mean(x).item())", "ops.mean(x).item()", "x.numpy().mean()")
    return [f"self.{name} = 0.9 * self.{name} + {look}", f"x = x + 0.1 * np.float32(self.{name})"]


def running_array(w):
    name = w.name("avg")
    w.init.append(f"self.{name} = np.zeros({width(w)}, np.float32)")
    axes = "(0, 2, 3)" if len(w.shape) > 1 else "0"
    tail = "[:, None, None]" if len(w.shape) > 1 else ""
    seen = "x.detach().numpy()"
    return [
        f"self.{name} = np.float32(0.5) * self.{name} + {seen}.mean({axes})",
        f"x = x - self.{name}{tail}",
    ]


def list_of_tensors(w):
    bound = w.pick("2", "1 + state['i'] % 3")
    return [
        "parts = [x]",
        f"for _ in range({bound}):",
        f"    parts.append(ops.{w.pick(*FUNCTIONS)}(parts[-1]))",
        "x = sum(parts[1:], parts[0])",
    ]


def dict_of_tensors(w):
    return ["heads = {'a': ops.tanh(x), 'b': ops.sigmoid(x)}", "x = heads['a'] * heads['b'] + x"]


# ---- chance


def stochastic_depth(w):
    source = w.pick("coin", "random", "state['rng']")
    name = w.name("sd")
    if len(w.shape) > 1:
        return [f"if {source}.random() < 0.5:", "    x = ops.tanh(x) + x"]
    w.init.append(f"self.{name} = nn.Linear({width(w)}, {width(w)}, rng={w.seed()})")
    return [f"if {source}.random() < {w.pick(0.3, 0.5)}:", f"    x = self.{name}(x) + x"]


def noise(w):
    draw = w.pick(
        "state['rng'].normal(size=x.shape).astype(np.float32)",
        "np.random.rand(*x.shape).astype(np.float32)",
        "np.float32(coin.random())",
        "coin.random()",
    )
    return [f"x = x + 0.1 * {draw}"]


def own_generator(w):
    w.fresh(
        "class Noise(nn.Module):",
        "    def __init__(self, seed):",
        "        self.rng = np.random.default_rng(seed)",
        "    def forward(self, x):",
        "        return x + self.rng.normal(size=x.shape).astype(np.float32) if self.training else x",
    )
    name = w.name("g")
    w.init.append(f"self.{name} = Noise({w.seed()})")
    return [f"x = self.{name}(x)"]


def own_mask(w):
    return ["keep = state['rng'].random(x.shape) < 0.8", "x = x * keep.astype(np.float32) / 0.8"]


def shuffled_features(w):
    if len(w.shape) > 1:
        return own_mask(w)
    return [f"x = x[:, state['rng'].permutation({width(w)})]"]


def rare_scale(w):
    return [f"x = x * (2.0 if np.random.randint({w.pick(2, 4)}) == 0 else 1.0)"]


# ---- control flow


def branch_on_mean(w):
    look = w.pick("float(ops.mean(x).item())", "x.numpy().mean()", "ops.mean(x).item()")
    return [f"if {look} > {w.pick(0, 0.1, 0.5)}:", f"    x = x * {w.number()}"]


def branch_on_step(w):
    test = w.pick(f"state['i'] >= {w.late()}", f"state['i'] % {w.pick(2, 3)} == 0")
    other = w.pick("x = x * 0.5", "x = ops.tanh(x)", "x = -x")
    return [f"if {test}:", f"    x = ops.{w.pick(*FUNCTIONS)}(x)", "else:", f"    {other}"]


def branch_on_loss(w):
    return [f"if state['loss'] < {w.pick(1.0, 1.2, 0.8)}:", f"    x = x * {w.number()}"]


def branch_on_batch(w):
    return ["if x.shape[0] > 4:", f"    x = x * {w.number()}"]


def growing_loop(w):
    bound = w.pick("1 + state['i'] % 3", "state['i'] // 2", "len(state['losses']) % 4")
    return [f"for j in range({bound}):", f"    x = ops.tanh(x) * {w.pick('(j + 1)', 1.0)}"]


def loop_until(w):
    return [
        "rounds = 0",
        "while abs(x).max().item() > 1 and rounds < 3:",
        "    x, rounds = x * 0.5, rounds + 1",
    ]


def late_branch(w):
    name = w.name("late")
    if len(w.shape) > 1:
        return custom_scale(w)
    w.init.append(f"self.{name} = nn.Linear({width(w)}, {width(w)}, rng={w.seed()})")
    return [f"if state['i'] >= {w.late()}:", f"    x = x + self.{name}(x)"]


# ---- values that leave the graph, and hooks


def detached(w):
    return w.pick(
        ["x = x * x.detach()"],
        ["x = x + 0.5 * x.detach()"],
        ["h = x.detach()", "x = x + (ops.tanh(h) - h)"],
        ["x = x / (1 + abs(x.detach()))"],
    )


def without_gradient(w):
    return ["with gg.no_grad():", "    h = ops.tanh(x)", f"x = x + {w.number()} * h"]


def looked_at(w):
    return w.pick(
        ["x = x / (1 + float(abs(x).max().item()))"],
        ["x = x - x.numpy().mean()"],
        ["x = x * (x.numpy() > 0)"],
        ["x = x * (x.numpy() > 0).astype(np.float32)"],
        [
            "largest = x.numpy().reshape(len(x.numpy()), -1).argmax(1)",
            "x = x * (1 + 0.1 * float(largest.mean()))",
        ],
    )


def activation_hook(w):
    rule = w.pick("-g", "0.5 * g", "g.clip(-0.1, 0.1)", "None", "seen.append(g.copy())")
    return ["if x.requires_grad:", f"    x.register_hook(lambda g: {rule})"]


def retained(w):
    return ["if x.requires_grad:", "    x.retain_grad()", "state['kept'] = x"]


def lookup(w):
    if len(w.shape) > 1:
        return softmax_gate(w)
    name = w.name("table")
    start = f"np.random.default_rng({w.seed()}).normal(size=(2, {width(w)}))"
    w.init.append(f"self.{name} = nn.Parameter({start}, 't')")
    return [f"x = x + self.{name}[(x.numpy()[:, 0] > 0).astype(int)]"]


def tied(w):
    if len(w.shape) > 1:
        return activation(w)
    name = w.name("t")
    square = f"nn.Linear({width(w)}, {width(w)}, rng={w.seed()})"
    w.init += [f"self.{name}, self.{name}b = {square}, {square}"]
    w.init += [f"self.{name}b.weight = self.{name}.weight"]
    return [f"x = self.{name}b(ops.tanh(self.{name}(x)))"]


LAYERS = [linear, activation, activation_layer, norm, dropout, residual, custom_scale, reciprocal]
STATE = [counter, counter_in_list, closure_scale, numpy_scalar, flag, function_field, mask_field]
STATE += [constant_tensor, running_sum, running_array, list_of_tensors, dict_of_tensors]
CHANCE = [stochastic_depth, noise, own_generator, own_mask, shuffled_features, rare_scale]
FLOW = [branch_on_mean, branch_on_step, branch_on_loss, branch_on_batch, growing_loop, loop_until]
FLOW += [late_branch]
VALUES = [detached, without_gradient, looked_at, activation_hook, softmax_gate, lookup, tied]


def forward(w, out):
    """The body of `forward`: some layers, some Python, and a last layer with `out` outputs."""
    lines = []
    for n in range(w.pick(1, 2, 3)):
        kinds = (
            LAYERS if len(w.shape) == 1 else [conv, conv, pool, activation, norm, dropout, residual]
        )
        if n == 0 and w.plain:  # the batch stays an array up to the first layer with weights
            kinds = [linear, custom_scale] if len(w.shape) == 1 else [conv]
        lines += w.pick(*kinds)(w)
        if w.chance(0.75):
            lines += w.pick(*w.pick(STATE, CHANCE, FLOW, VALUES))(w)
    if len(w.shape) > 1:
        size = w.shape[0] * w.shape[1] * w.shape[2]
        lines.append(w.pick("x = ops.flatten(x)", f"x = x.reshape(x.shape[0], {size})"))
        w.shape = (size,)
    name = w.name("out")
    w.init.append(f"self.{name} = nn.Linear({width(w)}, {out}, rng={w.seed()})")
    return [*lines, f"return self.{name}(x)"]
