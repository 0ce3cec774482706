"""MotionNet: intermediate flow for any t, coarse to fine.

Motion as seen at t is predicted directly (as in RIFE, Huang et al. 2022; IFRNet, Kong et al. 2022) at 1/16, 1/8, 1/4 and 1/2 size,
one vector from frame 0 to frame 1 along a straight line; each level warps what it refines, and rules without weights follow.
ONNX Runtime's CPU provider takes tens of nanoseconds a sample and channel for a grid sample: learned features are warped
at 1/4 and below only, at half and full size the three colours alone.
Contract (kind: motion): frames 1x3xhxw RGB 0..1, h and w multiples of 32, t 1x1x1x1 ->
flow 1x4x(h/2)x(w/2), t->0 x,y then t->1 x,y in half-size pixels; mask 1x1xhxw, the weight of frame0.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


def sampler(v, mode):
    """What samples pictures BxCxhxw at each place of v's size plus a vector (x, y: Bx1xhxw, pixels), edges clamped; mode bilinear or bicubic
    (a = -0.75). The places are made once for all pictures: few operators, see `correlate`."""
    h, w = v.shape[2:]
    gx = torch.arange(w, device=v.device, dtype=v.dtype).view(1, 1, 1, w)
    gy = torch.arange(h, device=v.device, dtype=v.dtype).view(1, 1, h, 1)
    sx, sy = 2.0 / (w - 1), 2.0 / (h - 1)

    def sample(picture, x, y):
        places = torch.cat(((x + gx) * sx - 1.0, (y + gy) * sy - 1.0), 1)
        return F.grid_sample(picture, places.permute(0, 2, 3, 1), mode=mode, padding_mode="border", align_corners=True)
    return sample


def warp(frames, flow, mode="bilinear"):
    """Both frames (BxCxhxw) as they are seen at t: the first sampled at p + flow[:, :2](p), the second at p + flow[:, 2:](p); flow
    Bx4xhxw in pixels, x then y; mode as for `sampler`."""
    sample = sampler(flow, mode)
    u0, v0, u1, v1 = flow.split(1, 1)
    return sample(frames[0], u0, v0), sample(frames[1], u1, v1)


def line(v, t):
    """Flow t->0 and t->1 of what moves by v from frame 0 to frame 1, in a straight line."""
    return torch.cat((v * -t, v * (1 - t)), 1)


def up2(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def box(x, r):
    """Mean over (2r+1)x(2r+1), inside of the picture."""
    return F.avg_pool2d(x, 2 * r + 1, 1, r, count_include_pad=False)


def mean(x):
    """Of each channel, BxCxhxw -> BxCx1x1. Of means of rows, because a long sum is inexact."""
    return x.mean(3, keepdim=True).mean(2, keepdim=True)


def level(i0, i1):
    """Both frames (BxCxhxw) with the mean and the standard deviation of each channel half-way between theirs: a fade is no motion, and
    where one takes brightness for motion, everything moves. Frames that a fade or flash leaves alike become equal; pictures
    that come into view change little."""
    m0, m1 = mean(i0), mean(i1)
    i0, i1 = i0 - m0, i1 - m1
    # One code value more, so that noise in a black frame is not taken for a picture.
    gain = torch.sqrt((torch.sqrt(mean(i1 * i1)) + 1 / 255) / (torch.sqrt(mean(i0 * i0)) + 1 / 255))
    return i0 * gain + (m0 + m1) / 2, i1 / gain + (m0 + m1) / 2


def sharpen(grey, v, t, scale=1, limit=0.5):
    """One Gauss-Newton step towards where both frames agree at t (Lucas and Kanade, 1981, on both frames at once): the step of
    v that explains the difference of the warped frames in windows of 5x5 by their mean gradient. Networks get the right
    match and miss it by fractions of a pixel; this is exact there and blind otherwise, hence the limit on its length.
    In training no gradient flows through the step: it mends what the network predicts, it does not replace it.

    v: Bx2xhxw motion from frame 0 to frame 1 in pixels of its own size; grey: both frames, Bx1x(scale h)x(scale w), 0..1, scale
    1 or 2; t: Bx1x1x1; limit: in pixels of v."""
    with torch.no_grad():
        u = v if scale == 1 else up2(v) * 2
        # In units of 8 code values, so that sums neither vanish nor overflow in half precision.
        a, b = (x * 32 for x in warp(grey, line(u, t)))
        difference = a - b
        p = F.pad(a * t + b * (1 - t), (1, 1, 1, 1), mode="replicate")
        gx, gy = (p[:, :, 1:-1, 2:] - p[:, :, 1:-1, :-2]) / 2, (p[:, :, 2:, 1:-1] - p[:, :, :-2, 1:-1]) / 2
        sums = torch.cat((gx * gx, gx * gy, gy * gy, gx * difference, gy * difference), 1)
        xx, xy, yy, xd, yd = box(sums if scale == 1 else F.avg_pool2d(sums, 2), 2).split(1, 1)
        # A little more on the diagonal than the gradients give: no step where there is nothing to see.
        trace = xx + yy + 0.6
        xx, xy, yy, xd, yd = (xx + 0.3) / trace, xy / trace, (yy + 0.3) / trace, xd / trace, yd / trace
        step = torch.cat((yy * xd - xy * yd, xx * yd - xy * xd), 1) / (xx * yy - xy * xy) / scale
        step = box(step.clamp(-limit, limit), 2)
    return v + step


def correlate(a, b, r):
    """Local correlation as seen from the middle (Park et al., BMBC, 2020): mean over the channels of a(p - d) b(p + d) for every
    whole d within r in x and y, zero outside; a, b: BxCxhxw -> Bx(2r+1)^2xhxw. For what moves by 2d from a to b, d is highest.
    A convolution moves to all rows at once: few operators, because ONNX Runtime loads a graph in the square of their number."""
    # A whole number, so that the kernels are constants of an exported graph.
    n, c, (h, w) = 2 * r + 1, int(a.shape[1]), a.shape[2:]
    rows = torch.eye(n, device=a.device).to(a.dtype).repeat(c, 1).view(n * c, 1, n, 1)
    with torch.autocast(a.device.type, enabled=False):
        # It moves and does not compute: in bfloat16 it would round what it moves.
        a, b = (F.conv2d(F.pad(x, (r, r, 0, 0)), k, padding=(r, 0), groups=c) for x, k in ((a, rows.flip(2)), (b, rows)))

    def moved(x, dx):
        return x[:, :, :, r + dx:r + dx + w]
    columns = [(moved(a, -dx) * moved(b, dx)).reshape(-1, c, n, h, w).mean(1) for dx in range(-r, r + 1)]
    return torch.stack(columns, 2).flatten(1, 2)


def unit(f):
    """Features of mean square 1, and less where there are hardly any."""
    return f / torch.sqrt((f * f).mean(1, keepdim=True) + 1e-4)


def mismatch(a, b):
    """Of two pictures: the largest of the three colours' differences, mean of 5x5 pixels."""
    return box((a - b).abs().amax(1, keepdim=True), 2)


def settle(v, mask, t, low=0.2, high=0.5):
    """Where nothing moves, frames are mixed as a fade mixes them: motion shorter than `low` vanishes, longer than `high` stays, linear
    between (half-size pixels), and with it the mask goes to 1 - t. A tenth of a pixel of estimation noise must not blur
    what stands still, and the mean of two noisy pictures is less noisy than either."""
    moves = torch.clamp((v.abs().amax(1, keepdim=True) - low) / (high - low), 0, 1)
    return v * moves, mask + (1 - t - mask) * up2(1 - moves)


def stand(half, v, t, mask):
    """Where the frames agree better as they stand than along the motion, nothing moves: subtitles and logos over a moving
    picture, which the motion of what is around them would tear. From 0.02 less mismatch than along the motion it begins to
    vanish, at 0.07 it is gone."""
    along = mismatch(*warp(half, line(v, t)))
    stands = torch.clamp((along - mismatch(*half) - 0.02) / 0.05, 0, 1)
    return v * (1 - stands), mask + (1 - t - mask) * up2(stands)


def bend(flow, mask, before, after, times):
    """Motion along a curve: flow and mask between two frames as they are where what moves speeds up, slows down or turns, which a straight
    line between the two does not show and the motion before and after does (quadratic video interpolation, Xu et al., 2019). The
    acceleration is a mean over both sides and 5x5 places; the less it is beside noise and beside what both sides differ by, the less it counts.
    Belongs to the product, not to the model: MotionCurve.cs on a CPU, a graph of its own on a GPU.

    flow Bx4xhxw, mask Bx1x2hx2w: at t; before, after Bx4xhxw: flow between the frame before and the first, and between the second and the one after;
    times 5: t, where between their frames the flows before and after are seen (0 to 1), how far their frames are apart (1: as far as
    the two); flow, t and 1 stand for a side that is not known -> flow, mask, and Bx8xhxw: two other flows, of what goes on as it moved before,
    and of what moves already as it does after."""
    take = sampler(flow, "bilinear")
    t, at0, at1, length0, length1 = times.view(5, 1, 1, 1, 1).unbind(0)
    back, ahead = -(t + (1 - at0) * length0), 1 - t + at1 * length1

    def motion(x):
        return x[:, 2:] - x[:, :2]

    def sample(x, v):
        return take(x, *v.split(1, 1))
    v, before, after = motion(flow), motion(before) / length0, motion(after) / length1
    # Of what is seen at t, where it was and where it will be.
    v0, v1 = sample(before, v * back), sample(after, v * ahead)
    a0, a1 = (v - v0) * (2 / (1 + length0)), (v1 - v) * (2 / (1 + length1))
    mean, difference = box((a0 + a1) / 2, 2), box((a0 - a1) / 2, 2)
    known, doubt = (mean * mean).sum(1, keepdim=True), (difference * difference).sum(1, keepdim=True)
    off = (mean * (known / (known + 0.3 * doubt + 0.05)) * (t * (1 - t) / 2)).clamp(-4, 4)
    flow = sample(flow, off) + torch.cat((off, off), 1)
    mask = sampler(mask, "bilinear")(mask, *F.interpolate(off * 2, scale_factor=2.0, mode="nearest").split(1, 1))
    bent = flow[:, :2] + motion(flow) * t
    v0, v1 = sample(before, before * back), sample(after, after * ahead)
    return flow, mask, torch.cat((bent - v0 * t, bent + v0 * (1 - t), bent - v1 * t, bent + v1 * (1 - t)), 1)


def shift(x, dx, dy):
    """x (B,C,H,W) as it is dx, dy pixels further, edge clamped."""
    h, w = x.shape[2:]
    return F.pad(x, (6, 6, 6, 6), mode="replicate")[:, :, 6 + dy:6 + dy + h, 6 + dx:6 + dx + w]


def neighbours(i0, i1, flow, around=None):
    """The flow 6 pixels to the left, right, above and below, with the weight that the picture which it leads to has: overlapped block
    motion compensation (Orchard and Sullivan, 1994), weighted by how well the frames agree along each flow. An edge of the
    motion is often off by some pixels, and where the frames disagree along all flows, their mean errs least. Weights vanish
    where the frames agree (mean of 3x3 pixels, from 0.02 to 0.01) or the motions do (from 0.5 to 0.25 pixels). Belongs to the
    product's synthesis, not to the model: OtherFlows.cs on a CPU, a graph of its own on a GPU.

    i0, i1: frames Bx3xhxw, flow: Bx4x(h/2)x(w/2); around Bx8x(h/2)x(w/2), two flows that take the place of those above and below
    -> Bx20x(h/2)x(w/2), four times flow and weight; flow has the rest."""
    moved = [shift(flow, dx, dy) for dx, dy in ((-6, 0), (6, 0))]
    moved += [shift(flow, 0, dy) for dy in (-6, 6)] if around is None else list(around.split(4, 1))
    with torch.no_grad():
        grey = [F.avg_pool2d(i, 2).mean(1, keepdim=True) for i in level(i0, i1)]

        def misfit(flow):
            a, b = warp(grey, flow)
            return box((a - b).abs(), 1)

        def motion(flow):
            return flow[:, 2:] - flow[:, :2]
        own = misfit(flow)
        doubt = torch.clamp(own * 100 - 1, 0, 1)
        weights = [torch.exp(torch.clamp((own - misfit(u)) * 20, -20, 5)) * doubt
                   * torch.clamp((motion(u) - motion(flow)).abs().amax(1, keepdim=True) * 4 - 1, 0, 1) for u in moved]
        total = weights[0] + weights[1] + weights[2] + weights[3] + 2
    return torch.cat([x for u, w in zip(moved, weights) for x in (u, w / total)], 1)


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
    learned channels of a frame; ch: channels of the state that one level hands to the next; match: channels of the features that
    are correlated at 1/16 and 1/8, if any; polish: steps of `sharpen` at the end, at half and at full size; fine: channels and blocks of
    a level at full size after them, if any, which mends motion and mask where both frames lie warped before it."""

    # How far features are correlated, to both sides, in pixels of the level.
    REACH = {"b16": 4, "b8": 3}

    def __init__(self, c=(96, 96, 96, 64, 48), n=(4, 4, 5, 5, 2), cf=5, ch=6, match=None, polish=(1, 1), fine=None):
        super().__init__()
        self.polish = polish
        self.enc = nn.Sequential(Conv(3, 16, 2), nn.Conv2d(16, cf, 3, 1, 1))
        image, state = 2 * (3 + cf), 4 + 1 + ch
        sees = {"b16": image, "b8": image, "b4": image, "b2": 6, "b1": 6}
        self.levels = list(sees)[-len(c):]
        for k, name in enumerate(self.levels):
            inputs = sees[name] + 1 + (state if k > 0 else 0)
            if match and name in self.REACH:
                inputs += (2 * self.REACH[name] + 1) ** 2
            whole = name in ("b16", "b1")
            setattr(self, name, Block(inputs, c[k], n[k], 6 if name == "b1" else 3 + ch, down=1 if whole else 2))
        # Both frames' colours, t, motion and mask.
        self.b0 = Block(6 + 1 + 2 + 1, *fine, 3, down=1) if fine else None
        self.match8 = self.match16 = None
        if match:
            self.match8 = nn.Sequential(Conv(3 + cf, 32, 2), Conv(32, 32), nn.Conv2d(32, match, 3, 1, 1))
            self.match16 = nn.Sequential(Conv(match, 32, 2), nn.Conv2d(32, match, 3, 1, 1))
            for c in (m for s in (self.match8, self.match16) for m in s.modules() if isinstance(m, nn.Conv2d)):
                nn.init.kaiming_normal_(c.weight, 0.2)

    def estimate(self, i0, i1, half, grey, t, previews=None):
        """What the levels predict: motion Bx2x(h/2)x(w/2) and the logits of the mask."""
        pyramid = {"b1": half, "b2": half, "b4": tuple(F.avg_pool2d(torch.cat((h, self.enc(i)), 1), 2) for h, i in zip(half, (i0, i1)))}
        pyramid["b8"] = tuple(F.avg_pool2d(p, 2) for p in pyramid["b4"])
        pyramid["b16"] = tuple(F.avg_pool2d(p, 2) for p in pyramid["b8"])
        features = {}
        if self.match8 is not None:
            # Texture, not brightness, is what can be matched.
            eighth = [self.match8(p - box(p, 3)) for p in pyramid["b4"]]
            features = {"b8": [unit(f) for f in eighth], "b16": [unit(self.match16(f)) for f in eighth]}
        v = mask = state = None
        for name in self.levels:
            p, block = pyramid[name], getattr(self, name)
            time = t * torch.ones_like(p[0][:, :1])
            if v is None:
                seen = [*p, time]
            else:
                if name == "b1":
                    v = sharpen(grey, v, t)
                else:
                    v, mask, state = up2(v) * 2, up2(mask), up2(state)
                flow = line(v, t)
                seen = [*warp(p, flow), time, flow, mask, state]
            if name in features:
                f = features[name]
                if v is not None:
                    f = warp(f, flow)
                seen.append(correlate(*f, self.REACH[name]))
            d = block(torch.cat(seen, 1))
            if name == "b1":
                return v + d[:, :2], up2(mask) + F.pixel_shuffle(d[:, 2:], 2)
            v, mask = (d[:, :2], d[:, 2:3]) if v is None else (v + d[:, :2], mask + d[:, 2:3])
            state = d[:, 3:]
            if previews is not None:
                a, b = warp([x[:, :3] for x in p], line(v, t))
                previews.append((b + (a - b) * torch.sigmoid(mask), v))

    def forward(self, i0, i1, t, previews=None):
        """-> (flow, mask); with a list as `previews` the blends of the coarser levels, and their motion, are appended to it."""
        i0, i1 = level(i0, i1)
        half = F.avg_pool2d(i0, 2), F.avg_pool2d(i1, 2)
        grey = [h.mean(1, keepdim=True) for h in half]
        # Half of what changes slowly over the picture, so that light that changes in a part of it counts less than what has edges.
        slow = [box(g, 3) / 2 for g in grey]
        whole = [i.mean(1, keepdim=True) - up2(s) for i, s in zip((i0, i1), slow)]
        grey = [g - s for g, s in zip(grey, slow)]
        v, mask = self.estimate(i0, i1, half, grey, t, previews)
        for _ in range(self.polish[0]):
            v = sharpen(grey, v, t)
        for _ in range(self.polish[1]):
            v = sharpen(whole, v, t, scale=2)
        if self.b0 is not None:
            u = up2(v)
            d = self.b0(torch.cat((*warp((i0, i1), line(u * 2, t)), t * torch.ones_like(mask), u, mask), 1))
            v, mask = v + F.avg_pool2d(d[:, :2], 2), mask + d[:, 2:]
        v, mask = settle(v, torch.sigmoid(mask), t)
        v, mask = stand(half, v, t, mask)
        v = box(v, 2)
        return line(v, t), mask


def load(net, weights):
    """Start from another MotionNet's weights, so that the network begins where the other ended. The other may predict both flows
    apart (their difference is the motion), lack levels or blocks, or be narrower: a new level begins with no motion, and what
    is new to a layer goes without weight into what was there before (Net2Net, Chen et al., 2016)."""
    start, levels = {}, {k.split(".")[0] for k in weights}
    for k, grown in net.state_dict().items():
        new = weights.get(k)
        if new is None:
            # Of a new level; a new block of an old one starts as it was drawn.
            if ".head." in k and k.split(".")[0] not in levels:
                grown = torch.zeros_like(grown)
        else:
            if ".head." in k and len(new) == len(grown) + 8:
                new = torch.cat((new[8:16] - new[:8], new[16:]))
            if any(n > g for n, g in zip(new.shape, grown.shape)):
                raise ValueError(f"{k} is {tuple(new.shape)} in the weights and {tuple(grown.shape)} in the network: a network can only "
                                 "start from one that is not wider")
            grown = grown.clone()
            if new.dim() == 4:
                grown[:len(new)] = 0
            grown[tuple(slice(n) for n in new.shape)] = new
        start[k] = grown
    net.load_state_dict(start)


def synthesize(i0, i1, flow, mask, around=None):
    """The frame at t from full-size frames, half-size flow and full-size mask, as the product does it: bicubic, since
    bilinear sampling blurs what moves by fractions of a pixel, and with what other flows lead to mixed in; around as for `neighbours`."""
    def along(flow):
        a, b = warp((i0, i1), flow, "bicubic")
        return a * mask + b * (1 - mask)
    made = along(up2(flow) * 2)
    picture = made
    for other in up2(neighbours(i0, i1, flow, around)).split(5, 1):
        picture = picture + (along(other[:, :4] * 2) - made) * other[:, 4:]
    return picture
