"""MotionNet: intermediate flow for any t, coarse to fine.

Flow from t to both frames is predicted directly (RIFE, Huang et al. 2022; IFRNet, Kong et al. 2022) at 1/16, 1/8, 1/4
and 1/2 size; each level warps what it refines. ONNX Runtime's CPU provider takes tens of nanoseconds a sample and channel
for a grid sample: learned features are warped at 1/4 only, at half size the three colours alone.
Contract (kind: motion): frames 1x3xhxw RGB 0..1, h and w multiples of 32, t 1x1x1x1 ->
flow 1x4x(h/2)x(w/2), t->0 x,y then t->1 x,y in half-size pixels; mask 1x1xhxw, the weight of frame0.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


def warp(x, flow, mode="bilinear"):
    """x (B,C,H,W) sampled at p + flow(p), edge clamped; flow (B,2,H,W) in pixels, x then y; mode bilinear or bicubic
    (a = -0.75)."""
    h, w = flow.shape[2:]
    gx = torch.arange(w, device=flow.device, dtype=flow.dtype).view(1, 1, 1, w)
    gy = torch.arange(h, device=flow.device, dtype=flow.dtype).view(1, 1, h, 1)
    u = (flow[:, 0:1] + gx) * (2.0 / (w - 1)) - 1.0
    v = (flow[:, 1:2] + gy) * (2.0 / (h - 1)) - 1.0
    return F.grid_sample(x, torch.cat((u, v), 1).permute(0, 2, 3, 1), mode=mode,
                         padding_mode="border", align_corners=True)


def up2(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def settle(flow, mask, low=0.1, high=0.25):
    """Where nothing moves, both frames count the same: flows shorter than `low` vanish, longer than `high` stay, linear between
    (half-size pixels), and with both flows the mask goes to one half. A tenth of a pixel of estimation noise must not blur
    what stands still, and the average of two noisy pictures is less noisy than either."""
    m = torch.maximum(flow[:, 0:1].abs(), flow[:, 1:2].abs())
    n = torch.maximum(flow[:, 2:3].abs(), flow[:, 3:4].abs())
    k = torch.clamp((torch.cat((m, n), 1) - low) / (high - low), 0, 1)
    moves = up2(torch.maximum(k[:, 0:1], k[:, 1:2]))
    return flow * torch.cat((k[:, 0:1], k[:, 0:1], k[:, 1:2], k[:, 1:2]), 1), (mask - 0.5) * moves + 0.5


def stand(half0, half1, flow, mask):
    """Where the frames agree better as they stand than where the flow points, nothing moves: subtitles and logos over a moving
    picture, which the flow of what is around them would tear. Mismatch is the largest of the three colours' differences, mean
    of 3x3 half-size pixels; from 0.03 less than along the flow the flow begins to vanish, at 0.08 it is gone."""
    def mismatch(a, b):
        return F.avg_pool2d(F.pad((a - b).abs().amax(1, keepdim=True), (1, 1, 1, 1), mode="replicate"), 3, 1)
    along = mismatch(warp(half0, flow[:, :2]), warp(half1, flow[:, 2:]))
    stands = torch.clamp((along - 1.25 * mismatch(half0, half1) - 0.03) / 0.05, 0, 1)
    return flow * (1 - stands), mask + (0.5 - mask) * up2(stands)


class Conv(nn.Module):
    def __init__(self, i, o, s=1):
        super().__init__()
        self.c = nn.Conv2d(i, o, 3, s, 1)

    def forward(self, x):
        return F.leaky_relu_(self.c(x), 0.2)


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = nn.Conv2d(c, c, 3, 1, 1)
        nn.init.normal_(self.c.weight, std=0.02 * (32 / c) ** 0.5)
        nn.init.zeros_(self.c.bias)

    def forward(self, x):
        return F.leaky_relu_(self.c(x) + x, 0.2)


class Block(nn.Module):
    """Input at 1/s; body at 1/(4s), or 1/(2s) with down=1; output at 1/s."""

    def __init__(self, cin, c, n, cout, down=2):
        super().__init__()
        self.down = down
        self.stem = nn.Sequential(Conv(cin, c // 2, 2), Conv(c // 2, c, 2)) if down == 2 else Conv(cin, c, 2)
        self.body = nn.Sequential(*[Res(c) for _ in range(n)])
        self.head = nn.Conv2d(c, cout * 4, 3, 1, 1)

    def forward(self, x):
        y = F.pixel_shuffle(self.head(self.body(self.stem(x))), 2)
        return up2(y) if self.down == 2 else y


class MotionNet(nn.Module):
    """c: channels, n: residual blocks, one a level and coarse to fine (five levels from 1/16, or four from 1/8); cf:
    learned channels of a frame; ch: channels of the state that one level hands to the next."""

    def __init__(self, c=(96, 96, 96, 64, 48), n=(4, 4, 5, 5, 2), cf=5, ch=6):
        super().__init__()
        self.enc = nn.Sequential(Conv(3, 16, 2), nn.Conv2d(16, cf, 3, 1, 1))
        image, state = 2 * (3 + cf), 1 + 4 + ch
        sees = {"b16": image, "b8": image, "b4": image, "b2": 6, "b1": 6}
        self.levels = list(sees)[-len(c):]
        for k, name in enumerate(self.levels):
            inputs = sees[name] + 1 + (state if k > 0 else 0)
            whole = name in ("b16", "b1")
            setattr(self, name, Block(inputs, c[k], n[k], 8 if name == "b1" else 5 + ch, down=1 if whole else 2))

    def forward(self, i0, i1, t, previews=None):
        """-> (flow, mask); with a list as `previews` the blends of the coarser levels are appended to it."""
        half = F.avg_pool2d(i0, 2), F.avg_pool2d(i1, 2)
        pyramid = {"b1": half, "b2": half, "b4": tuple(F.avg_pool2d(torch.cat((h, self.enc(i)), 1), 2) for h, i in zip(half, (i0, i1)))}
        pyramid["b8"] = tuple(F.avg_pool2d(p, 2) for p in pyramid["b4"])
        pyramid["b16"] = tuple(F.avg_pool2d(p, 2) for p in pyramid["b8"])
        y = None
        for name in self.levels:
            p, block = pyramid[name], getattr(self, name)
            time = t * torch.ones_like(p[0][:, :1])
            if y is None:
                y = block(torch.cat((*p, time), 1))
            else:
                if name != "b1":
                    y = up2(y)
                    y = torch.cat((y[:, :4] * 2, y[:, 4:]), 1)
                flow, mask = y[:, :4], y[:, 4:5]
                d = block(torch.cat((warp(p[0], flow[:, :2]), warp(p[1], flow[:, 2:]), time, y), 1))
                if name == "b1":
                    flow, mask = flow + d[:, :4], up2(mask) + F.pixel_shuffle(d[:, 4:], 2)
                    return stand(*half, *settle(flow, torch.sigmoid(mask)))
                y = torch.cat((flow + d[:, :4], mask + d[:, 4:5], d[:, 5:]), 1)
            if previews is not None:
                m = torch.sigmoid(y[:, 4:5])
                previews.append(warp(p[0][:, :3], y[:, :2]) * m + warp(p[1][:, :3], y[:, 2:4]) * (1 - m))


def load(net, weights):
    """Start from another MotionNet's weights, of one that sees less or lacks the level at 1/16, too: the new level begins with
    no motion, and what is new to a level without weight, so that the network begins where the other ended."""
    own = net.state_dict()
    if "b16.head.weight" in own and "b16.head.weight" not in weights:
        for k in own:
            if k.startswith("b16."):
                weights = dict(weights, **{k: torch.zeros_like(own[k]) if k.startswith("b16.head.") else own[k]})
    for k in own:
        if k.endswith("stem.0.c.weight") or k.endswith("stem.c.weight"):
            grown = torch.zeros_like(own[k])
            grown[:, :weights[k].shape[1]] = weights[k]
            weights = dict(weights, **{k: grown})
    net.load_state_dict(weights)


def synthesize(i0, i1, flow, mask):
    """The frame at t from full-size frames, half-size flow and full-size mask, as the product does it: bicubic, since
    bilinear sampling blurs what moves by fractions of a pixel."""
    f = up2(flow) * 2
    return warp(i0, f[:, :2], "bicubic") * mask + warp(i1, f[:, 2:], "bicubic") * (1 - mask)
