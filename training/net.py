"""MotionNet: intermediate flow for any t, coarse to fine.

Flow from t to both frames is predicted directly (RIFE, Huang et al. 2022; IFRNet, Kong et al. 2022) at 1/8, 1/4 and
1/2 size; each level warps what it refines. ONNX Runtime's CPU provider takes tens of nanoseconds a sample and channel
for a grid sample: learned features are warped at 1/4 only, at half size the three colours alone.
Contract (kind: motion): frames 1x3xhxw RGB 0..1, h and w multiples of 32, t 1x1x1x1 ->
flow 1x4x(h/2)x(w/2), t->0 x,y then t->1 x,y in half-size pixels; mask 1x1xhxw, the weight of frame0.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


def warp(x, flow):
    """x (B,C,H,W) sampled bilinearly at p + flow(p), edge clamped; flow (B,2,H,W) in pixels, x then y."""
    h, w = flow.shape[2:]
    gx = torch.arange(w, device=flow.device, dtype=flow.dtype).view(1, 1, 1, w)
    gy = torch.arange(h, device=flow.device, dtype=flow.dtype).view(1, 1, h, 1)
    u = (flow[:, 0:1] + gx) * (2.0 / (w - 1)) - 1.0
    v = (flow[:, 1:2] + gy) * (2.0 / (h - 1)) - 1.0
    return F.grid_sample(x, torch.cat((u, v), 1).permute(0, 2, 3, 1), mode="bilinear",
                         padding_mode="border", align_corners=True)


def up2(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def shrink(flow, low, high):
    """Flows shorter than `low` vanish, longer than `high` stay, linear between (both in pixels of the flow's grid):
    a tenth of a pixel of estimation noise must not blur what stands still."""
    m = torch.maximum(flow[:, 0:1].abs(), flow[:, 1:2].abs())
    n = torch.maximum(flow[:, 2:3].abs(), flow[:, 3:4].abs())
    k = torch.clamp((torch.cat((m, m, n, n), 1) - low) / (high - low), 0, 1)
    return flow * k


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
    def __init__(self, c=(96, 96, 64, 48), n=(4, 5, 5, 2), cf=5, ch=6):
        super().__init__()
        self.enc = nn.Sequential(Conv(3, 16, 2), nn.Conv2d(16, cf, 3, 1, 1))
        image, state = 2 * (3 + cf), 1 + 1 + 4 + ch
        self.b8 = Block(image + 1, c[0], n[0], 5 + ch)
        self.b4 = Block(image + state, c[1], n[1], 5 + ch)
        self.b2 = Block(6 + state, c[2], n[2], 5 + ch)
        self.b1 = Block(6 + state, c[3], n[3], 8, down=1)

    def forward(self, i0, i1, t, previews=None):
        """-> (flow, mask); with a list as `previews` the blends of the coarser levels are appended to it."""
        half = F.avg_pool2d(i0, 2), F.avg_pool2d(i1, 2)
        p4 = tuple(F.avg_pool2d(torch.cat((h, self.enc(i)), 1), 2) for h, i in zip(half, (i0, i1)))
        p8 = tuple(F.avg_pool2d(p, 2) for p in p4)

        def preview(p, flow, mask):
            if previews is not None:
                m = torch.sigmoid(mask)
                previews.append(warp(p[0][:, :3], flow[:, :2]) * m + warp(p[1][:, :3], flow[:, 2:]) * (1 - m))

        y = self.b8(torch.cat((*p8, t * torch.ones_like(p8[0][:, :1])), 1))
        preview(p8, y[:, :4], y[:, 4:5])
        for p, block in ((p4, self.b4), (half, self.b2)):
            y = up2(y)
            flow, mask, hidden = y[:, :4] * 2, y[:, 4:5], y[:, 5:]
            d = block(torch.cat((warp(p[0], flow[:, :2]), warp(p[1], flow[:, 2:]), t * torch.ones_like(mask), flow, mask, hidden), 1))
            y = torch.cat((flow + d[:, :4], mask + d[:, 4:5], d[:, 5:]), 1)
            preview(p, y[:, :4], y[:, 4:5])
        flow, mask, hidden = y[:, :4], y[:, 4:5], y[:, 5:]
        d = self.b1(torch.cat((warp(half[0], flow[:, :2]), warp(half[1], flow[:, 2:]), t * torch.ones_like(mask), flow, mask, hidden), 1))
        flow = shrink(flow + d[:, :4], 0.05, 0.15)
        return flow, torch.sigmoid(up2(mask) + F.pixel_shuffle(d[:, 4:], 2))


def load_larger(net, weights):
    """Start from weights of the same network with more residual blocks, and with features warped at half size too:
    what this one lacks is dropped."""
    own = net.state_dict()
    first = weights["b2.stem.0.c.weight"]
    f = (first.shape[1] - own["b2.stem.0.c.weight"].shape[1]) // 2
    kept = [k for k in range(first.shape[1]) if not (3 <= k < 3 + f or 6 + f <= k < 6 + 2 * f)]
    weights = dict(weights, **{"b2.stem.0.c.weight": first[:, kept]})
    net.load_state_dict({k: weights[k] for k in own})


def synthesize(i0, i1, flow, mask):
    """The frame at t from full-size frames, half-size flow and full-size mask, as the product does it."""
    f = up2(flow) * 2
    return warp(i0, f[:, :2]) * mask + warp(i1, f[:, 2:]) * (1 - mask)
