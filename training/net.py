"""MotionNet: intermediate flow for any t, coarse to fine, over a siamese feature pyramid with cost volumes.

Coarse estimation follows PWC-Net (features, local cost volume, warp, refine) with the intermediate flow of RIFE and
IFRNet (flow from t to both frames, predicted directly); the finest level sees the two half-size images only.
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


def cost_volume(a, b, r):
    """Mean product of a at p and b at p + d for every d in [-r, r]^2: (B,(2r+1)^2,H,W). Slices have constant
    bounds, so the exported graph holds no shape arithmetic."""
    b = F.pad(b, (r, r, r, r))
    end = lambda k: k - 2 * r if k < 2 * r else None
    return torch.cat([(a * b[:, :, y:end(y), x:end(x)]).mean(1, keepdim=True)
                      for y in range(2 * r + 1) for x in range(2 * r + 1)], 1)


def shrink(flow, low, high):
    """Flows shorter than `low` vanish, longer than `high` stay, linear between (both in pixels of the flow's grid):
    a tenth of a pixel of estimation noise must not blur what stands still."""
    m = torch.maximum(flow[:, 0:1].abs(), flow[:, 1:2].abs())
    n = torch.maximum(flow[:, 2:3].abs(), flow[:, 3:4].abs())
    k = torch.clamp((torch.cat((m, m, n, n), 1) - low) / (high - low), 0, 1)
    return flow * k


class Conv(nn.Sequential):
    def __init__(self, i, o, s=1):
        super().__init__(nn.Conv2d(i, o, 3, s, 1), nn.LeakyReLU(0.1, inplace=True))


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = Conv(c, c), nn.Conv2d(c, c, 3, 1, 1)
        nn.init.normal_(self.b.weight, std=0.01)
        nn.init.zeros_(self.b.bias)

    def forward(self, x):
        return x + self.b(self.a(x))


class Level(nn.Module):
    """Inputs of one scale -> residual flow (4), residual mask (1) and a hidden state (`hid`)."""

    def __init__(self, cin, c, n, hid):
        super().__init__()
        self.body = nn.Sequential(Conv(cin, c), *[Res(c) for _ in range(n)])
        self.head = nn.Conv2d(c, 5 + hid, 3, 1, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, *inputs):
        return self.head(self.body(torch.cat(inputs, 1)))


class MotionNet(nn.Module):
    def __init__(self, enc=(16, 32, 48, 64), dec=(96, 80, 48, 48), depth=(2, 2, 1, 2), hid=16, radius=(4, 2)):
        super().__init__()
        self.radius, self.hid = radius, hid
        self.e2 = Conv(3, enc[0], 2)
        self.e4 = nn.Sequential(Conv(enc[0], enc[1], 2), Conv(enc[1], enc[1]))
        self.e8 = nn.Sequential(Conv(enc[1], enc[2], 2), Conv(enc[2], enc[2]))
        self.e16 = nn.Sequential(Conv(enc[2], enc[3], 2), Conv(enc[3], enc[3]))
        self.p4 = nn.Conv2d(enc[1], 16, 1)
        c16, c8 = (2 * radius[0] + 1) ** 2, (2 * radius[1] + 1) ** 2
        self.d16 = Level(2 * enc[3] + 2 * c16 + 1, dec[0], depth[0], hid)
        self.d8 = Level(2 * enc[2] + c8 + 5 + hid + 1, dec[1], depth[1], hid)
        self.d4 = Level(2 * 16 + 5 + hid + 1, dec[2], depth[2], hid)
        self.d2 = nn.Sequential(Conv(6 + 5 + hid, dec[3], 2), *[Res(dec[3]) for _ in range(depth[3])],
                                nn.Conv2d(dec[3], 32, 3, 1, 1), nn.PixelShuffle(2))
        nn.init.normal_(self.d2[-2].weight, std=0.01)
        nn.init.zeros_(self.d2[-2].bias)

    def forward(self, i0, i1, t, previews=None):
        """-> (flow, mask); with a list as `previews` the blends of the coarser levels are appended to it."""
        b = i0.shape[0]
        both = torch.cat((i0, i1), 0)
        x2 = self.e2(both)
        x4 = self.e4(x2)
        x8 = self.e8(x4)
        x16 = self.e16(x8)
        swap = lambda x: torch.cat((x[b:], x[:b]), 0)
        half = F.avg_pool2d(both, 2)

        def preview(flow, mask):
            if previews is not None:
                x = F.avg_pool2d(half, half.shape[-1] // flow.shape[-1])
                m = torch.sigmoid(mask)
                previews.append(warp(x[:b], flow[:, :2]) * m + warp(x[b:], flow[:, 2:]) * (1 - m))

        cost = F.leaky_relu(cost_volume(x16, swap(x16), self.radius[0]), 0.1)
        y = self.d16(x16[:b], x16[b:], cost[:b], cost[b:], t * torch.ones_like(x16[:b, :1]))
        preview(y[:, :4], y[:, 4:5])
        for x, level, r in ((x8, self.d8, self.radius[1]), (self.p4(x4), self.d4, 0)):
            y = up2(y)
            flow, mask, hidden = y[:, :4] * 2, y[:, 4:5], y[:, 5:]
            w0, w1 = warp(x[:b], flow[:, :2]), warp(x[b:], flow[:, 2:])
            seen = (w0, w1, F.leaky_relu(cost_volume(w0, w1, r), 0.1)) if r else (w0, w1)
            d = level(*seen, flow, mask, hidden, t * torch.ones_like(mask))
            y = torch.cat((flow + d[:, :4], mask + d[:, 4:5], d[:, 5:]), 1)
            preview(y[:, :4], y[:, 4:5])
        y = up2(y)
        flow, mask, hidden = y[:, :4] * 2, y[:, 4:5], y[:, 5:]
        d = self.d2(torch.cat((warp(half[:b], flow[:, :2]), warp(half[b:], flow[:, 2:]), flow, mask, hidden), 1))
        flow = shrink(flow + d[:, :4], 0.05, 0.15)
        mask = torch.sigmoid(up2(mask) + F.pixel_shuffle(d[:, 4:], 2))
        return flow, mask


def synthesize(i0, i1, flow, mask):
    """The frame at t from full-size frames, half-size flow and full-size mask, as the product does it."""
    f = up2(flow) * 2
    return warp(i0, f[:, :2]) * mask + warp(i1, f[:, 2:]) * (1 - mask)
