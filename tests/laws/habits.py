"""The first family of programs: a `Module`, a `TrainStep` or a loop of one's own, and Python around it.

`program(seed)` writes losses, penalties, optimizers, changes on the way and what goes wrong, around a
model of `model_habits.py`.
"""

from model_habits import forward
from programs import HEADER, Writer, indent

# ---- losses of (outputs, labels), for labels that are classes; penalties; optimizers

LOSSES = [
    ["return ops.cross_entropy(out, y)"],
    ["return ops.cross_entropy(out, y) * state['weight']"],
    ["return ops.mean(out * out)"],
    ["return ops.mse_loss(out, np.eye(K, dtype=np.float32)[y])"],
    ["return ops.nll_loss(ops.log_softmax(out), y)"],
    ["return ops.multi_margin_loss(out, y)"],
    ["p = ops.log_softmax(out)", "return -p[np.arange(len(y)), y].sum() / len(y)"],
    [
        "soft = 0.9 * np.eye(K, dtype=np.float32)[y] + 0.1 / K",
        "return -(ops.log_softmax(out) * soft).sum() / len(y)",
    ],
    [
        "total = 0.0",
        "for row, k in enumerate(y):",
        "    total = total - ops.log_softmax(out)[row, int(k)]",
        "return total / len(y)",
    ],
    [
        "each = -ops.log_softmax(out)[np.arange(len(y)), y]",
        "hard = each.numpy() >= np.median(each.numpy())",
        "return (each * hard.astype(np.float32)).sum() / hard.sum()",
    ],
    [
        "p = ops.softmax(out)",
        "return ops.cross_entropy(out, y) + 0.1 * (p * p.detach()).sum() / len(y)",
    ],
    [
        "state['seen'] = state.get('seen', 0) + int(y.sum())",
        "return ops.cross_entropy(out, y) * (1 + state['seen'] % 3)",
    ],
    [
        "weight = np.where(y == 0, np.float32(state['weight']), np.float32(1))",
        "return (-ops.log_softmax(out)[np.arange(len(y)), y] * weight).sum() / len(y)",
    ],
    ["mean = ops.cross_entropy(out, y)", "return mean if mean.item() > 1 else mean * 0.5"],
]

PENALTIES = [
    None,
    None,
    ["return 0.01 * sum((p * p).sum() for p in model.parameters())"],
    ["return state['penalty'] * sum((p * p).sum() for p in model.parameters())"],
    ["return ops.l2_penalty(model.parameters(), 0.01) if state['penalty'] else 0.0"],
    ["return 0.1 * abs(model.parameters()[state['i'] % len(model.parameters())]).sum()"],
    [
        "w = model.parameters()[0]",
        "return 0.1 * (w * w).sum() if abs(w.numpy()).max() > 0.5 else 0.0",
    ],
]

METHODS = [
    "optim.SGD({p}, lr=0.1)",
    "optim.SGD({p}, lr=0.1, momentum=0.9)",
    "optim.SGD({p}, lr=0.1, momentum=0.5, dampening=0.5)",
    "optim.SGD({p}, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)",
    "optim.SGD({p}, lr=0.1, momentum=0.9, dampening=0.9, damp_first=True)",
    "optim.SGD({p}, lr=0.1, momentum=0.9, decoupled=True, weight_decay=0.1)",
    "optim.Adam({p}, lr=0.05)",
    "optim.Adam({p}, lr=0.05, amsgrad=True, weight_decay=0.01)",
    "optim.AdamW({p}, lr=0.05)",
    "optim.RMSprop({p}, lr=0.01)",
    "optim.RMSprop({p}, lr=0.01, momentum=0.9, centered=True)",
    "optim.Adagrad({p}, lr=0.1)",
    "Rule({p}, lr=0.1)",
]
RULES = [
    ["return p - lr * np.sign(g), state"],
    ["return p - (lr if t < 4 else 0.1 * lr) * g, state"],
    ["return (p - lr * g if t % 3 else p - 3 * lr * g), state"],
    ["return p - lr / t * g, state"],
    ["norm = float(np.sqrt((g * g).sum()))", "return p - lr * g / (1 + norm), state"],
    ["return p - lr * (g + 0.01 * state0['rng'].normal(size=g.shape).astype(g.dtype)), state"],
    [
        "state0['moves'] += 1",
        "return p - lr * g * (0.5 if state0['moves'] % 5 == 0 else 1.0), state",
    ],
]


def method(w, params="model.parameters()"):
    chosen = w.pick(*METHODS)
    if chosen.startswith("Rule"):
        body = [line.replace("state0", "memory") for line in w.pick(*RULES)]
        w.fresh(
            "memory = {'moves': 0, 'rng': np.random.default_rng(9)}",
            "@dataclass(eq=False)",
            "class Rule(optim.Optimizer):",
            "    def init(self, p):",
            "        return ()",
            "    def update(self, p, g, state, t, lr):",
            *indent(body, 2),
        )
    return chosen.format(p=params)


# ---- the loop


def change_settings(w, optimizer):
    """A setting of the method that is changed on the way, where the method has it."""
    changes = ["lr = 0.01", "lr *= 0.5"]
    if "momentum=0.9" in optimizer and "SGD" in optimizer:
        changes += ["momentum = 0.5", "weight_decay = 0.1"]
    if "Adam" in optimizer:
        changes += ["betas = (0.5, 0.9)", "weight_decay = 0.1", "eps = 0.1"]
    if "RMSprop" in optimizer:
        changes += ["alpha = 0.5", "weight_decay = 0.1"]
    w.before += [f"if i == {w.late()}:", f"    optimizer.{w.pick(*changes)}"]


ON_THE_WAY = [
    ["if i == {k}:", "    model.parameters()[0].requires_grad = False"],
    ["model.parameters()[-1].requires_grad = i < {k}"],
    [
        "if i == {k}:",
        "    model.load_state_dict({n: v / 2 if v.ndim else v for n, v in model.state_dict().items()})",
    ],
    ["if i == {k}:", "    model.parameters()[0].value = model.parameters()[0].numpy() * 0.5"],
    ["if i == {k}:", "    model.eval()"],
    ["model.train(i % 3 > 0)"],
    ["if i == {k}:", "    state['weight'] = 0.0"],
    ["state['weight'] = 1 / (1 + i)"],
    ["if i >= {k}:", "    state['penalty'] = 0.1"],
    [
        "if i == {k}:",
        "    remove = model.parameters()[0].register_hook(lambda g: -g)",
        "if i == {k} + 1:",
        "    remove()",
    ],
    [
        "if i == {k}:",
        "    optimizer.state = [optimizer.init(p.numpy()) for p in optimizer.params]",
        "    optimizer.steps = [0] * len(optimizer.params)",
    ],
    [
        "if i == {k}:",
        "    saved = optimizer.state_dict()",
        "if i == {k} + 1:",
        "    optimizer.load_state_dict(*saved)",
    ],
    ["if i == {k}:", "    y = y.astype(np.uint8)"],
    ["if i == {k}:", "    x = x[:, ::-1].copy()[:, ::-1]"],
    ["if i % 2:", "    x = np.asfortranarray(x)"],
    ["x *= 1 + i / 4"],
    ["if i == {k}:", "    x = x.astype(np.float64)"],
    ["if i == {k}:", "    x[0] = np.nan"],
    ["if i == {k}:", "    x[:] = 0"],
    ["if i % 3 == 2:", "    x[...] = 1"],
    ["if i == {k}:", "    gg.threads(3 - gg.threads())"],
    ["if i == {k}:", "    model.to(np.float64)"],
    [
        "if i == {k} and hasattr(step, 'optimizer'):",
        "    step.optimizer = optim.Adam(model.parameters(), lr=0.1)",
    ],
    [
        "if i == {k}:",
        "    loss = lambda out, y: ops.mean(out * out)",
        "    if hasattr(step, 'loss'):",
        "        step.loss = loss",
    ],
]

AFTERWARDS = [
    ["x[...] = 0"],
    ["y[...] = 0"],
    ["state['losses'].append(state['loss'])"],
    ["if i == {k}:", "    seen.append([p.numpy() for p in model.parameters()])"],
    ["seen.append([None if p.grad is None else p.grad.copy() for p in model.parameters()])"],
    ["kept.append(model.parameters()[0].grad)"],
    [
        "average = [0.9 * a + 0.1 * p.numpy() for a, p in zip(average, model.parameters())]",
        "seen.append(average)",
    ],
    [
        "if i == {k}:",
        "    for p in model.parameters():",
        "        p.value = p.numpy().clip(-0.1, 0.1)",
    ],
    [
        "if i == {k}:",
        "    with gg.no_grad():",
        "        seen.append(model.eval()(x).numpy())",
        "    model.train()",
    ],
]


def pieces(w):
    """What happens in the loop around the step, and what goes wrong there."""
    for _ in range(w.pick(0, 1, 1, 2)):
        k = str(w.late())
        w.before += [line.replace("{k}", k) for line in w.pick(*ON_THE_WAY)]
    for _ in range(w.pick(0, 0, 1, 2)):
        k = str(w.late())
        w.after += [line.replace("{k}", k) for line in w.pick(*AFTERWARDS)]


def train_step(w):
    """A `TrainStep`: whole, or in its halves with the gradients looked at in between."""
    make = ["step = TrainStep(model, optimizer, loss, penalty=penalty, jit=jit)"]
    if w.chance(0.5):
        return make, ["state['loss'] = step(x, y)"]
    call = ["done = step.gradients(x, y)", "state['loss'] = done.loss"]
    call += w.pick(
        [],
        ["seen.append(step.clip(0.5))"],
        [
            "for p in model.parameters():",
            "    if p.grad is not None:",
            "        p.grad[...] *= 0.5",
        ],
        ["optim.clip_grad_value(model.parameters(), 0.05)"],
        ["kept.append(done.outputs)"],
        [
            "p = model.parameters()[0]",
            "p.grad = None if p.grad is None else p.grad + 0.1 * p.numpy()",
        ],
    )
    rate = w.pick("", "0.1 / (1 + i)", "0.1 if i < 3 else 0.0")
    skip = [f"if i % {w.pick(2, 3)}:"] if w.chance(0.2) else []
    return make, [*call, *skip, ("    " if skip else "") + f"step.update({rate})"]


def own_loop(w):
    """A function of the user's own, traced by `gg.jit`."""
    x = "x" if w.plain else "gg.tensor(x, requires_grad=False)"
    body = (
        ["optimizer.zero_grad()"]
        if w.chance(0.85)
        else [f"if state['i'] % {w.pick(2, 3)} == 0:", "    optimizer.zero_grad()"]
    )
    if w.chance(0.2):
        parts = w.pick(2, 2, 3)
        body += [
            f"for part in range({parts}):",
            f"    total = loss(model({x}[part::{parts}]), y[part::{parts}]) / {parts}",
        ]
        body += ["    total.backward()"]
    else:
        body += [w.pick(f"total = loss(model({x}), y)", f"out = model({x})\ntotal = loss(out, y)")]
        body += w.pick([], ["total = total + penalty(model)"]) if "penalty" in w.top_names else []
        body += ["total.backward()"]
    body += w.pick(
        [],
        [],
        ["state['length'] = optim.clip_grad_norm(optimizer.params, 0.5)"],
        ["optim.clip_grad_value(optimizer.params, 0.1)"],
        [
            "for p in model.parameters():",
            "    if p.grad is not None:",
            "        p.grad = p.grad * 0.5",
        ],
        ["if total.item() > 50:", "    return total.item()"],
    )
    body += ["optimizer.step()"] + (["other.step()", "other.zero_grad()"] if w.two else [])
    ways = [
        ("return total.item()", "state['loss'] = step(x, y)"),
        ("return total", "state['loss'] = step(x, y).item()"),
    ]
    ways += [("return {'loss': total, 'n': len(y)}", "state['loss'] = step(x, y)['loss'].item()")]
    ways += [
        ("state['loss'] = total.item()", "step(x, y)"),
        ("return total.numpy()", "state['loss'] = float(step(x, y))"),
    ]
    last, call = w.pick(*ways)
    lines = "\n".join([*body, last]).splitlines()
    make = ["def step(x, y):", *indent(lines), "step = gg.jit(step) if jit else step"]
    return make, [call]


def guarded(w, call):
    """The call, sometimes with labels that are refused, or a layer that raises in the middle."""
    if w.chance(0.12):
        spoil = [f"if i == {w.late()}:", "    y[0] = 99"]
        return [
            *spoil,
            "try:",
            *indent(call),
            "except (gg.errors.GlassgradError, IndexError) as error:",
            "    seen.append(len(str(error)) > 0)",
        ]
    if w.chance(0.1):
        look = w.pick("y.shape", "float(y.numpy().sum())", "type(module).__name__")
        hook = f"nn.forward_hook(lambda module, inputs, y: seen.append({look}))"
        return [f"with {hook}:", *indent(call)]
    if w.chance(0.1):
        w.init.append("self.fails = False")
        w.before += [f"model.fails = i == {w.late()}"]
        return ["try:", *indent(call), "except ArithmeticError:", "    seen.append('caught')"]
    return call


def program(seed, fit=False):
    """The text of the program of this seed."""
    w = Writer(seed)
    out, batch = w.pick(2, 3, 4), w.pick(4, 6, 8)
    w.shape = (
        w.pick((4,), (5,), (3,), (2, 6, 6), (1, 4, 4)) if w.chance(0.3) else (w.pick(3, 4, 5),)
    )
    shape, w.plain = w.shape, w.chance(0.5)
    body = forward(w, out)
    w.two = w.chance(0.15)
    w.top_names = set()
    penalty = w.pick(*PENALTIES)
    if penalty:
        w.top_names.add("penalty")
    first = (
        "model.parameters()[::2]"
        if w.two
        else w.pick(
            "model.parameters()",
            "model.parameters()",
            "model.parameters()[2:] or model.parameters()",
        )
    )
    optimizer = method(w, first)
    if w.chance(0.4):
        change_settings(w, optimizer)
    pieces(w)
    make, call = w.pick(train_step, own_loop)(w)
    call = guarded(w, call)
    if "self.fails = False" in w.init:
        body = ["if self.fails:", "    raise ArithmeticError('planned')", *body]
    sizes = w.pick(
        f"{batch}", f"{batch}", f"({batch} if i % 3 else {batch // 2})", f"{batch} - i % 2"
    )
    lines = [
        f"coin, K = random.Random({seed}), {out}",
        "state = {'i': 0, 'loss': 9.0, 'losses': [], 'weight': 1.0, 'penalty': 0.0}",
        f"state['rng'] = np.random.default_rng({seed})",
        "seen, kept = [], []",
        *w.top,
        "class Net(nn.Module):",
        "    def __init__(self):",
        *indent(list(dict.fromkeys(w.init)), 2),
        "    def forward(self, x):",
        *indent(body, 2),
        "def loss(out, y):",
        *indent(w.pick(*LOSSES)),
        *(["def penalty(model):", *indent(penalty)] if penalty else ["penalty = None"]),
        "model = Net()",
        f"optimizer = {optimizer}",
        *(
            [f"other = {w.pick(*METHODS[:6]).format(p='model.parameters()[1::2]')}"]
            if w.two
            else []
        ),
        *(
            ["average = [p.numpy() for p in model.parameters()]"]
            if any("average" in line for line in w.after)
            else []
        ),
        *make,
        f"data = np.random.default_rng({seed})",
        f"for i in range({w.steps}):",
        "    state['i'] = i",
        f"    x = data.normal(size=({sizes}, *{shape})).astype(np.float32)",
        f"    y = data.integers(0, K, {sizes})",
        *indent(w.before),
        *indent(call),
        *indent(w.after),
        "    seen.append(state['loss'])",
        "gradients = [p.grad for p in model.parameters()]",
        "return [*seen, *kept, model.state_dict(), gradients, optimizer.state_dict(), coin.random()]",
    ]
    return HEADER + "def program(jit):\n" + "\n".join(indent(lines)) + "\n"
