"""Samples of known motion: shapes cut from other pictures move over a moving picture.

Real clips show little of what is covered and uncovered, and say nothing of how it moved. Here motion and what each frame shows
are known for every pixel (as in Flying Chairs, Dosovitskiy et al., 2015). Everything moves by whole pixels from frame to
frame, so that nothing is resampled; fractions are left to the clips.
"""
import numpy as np

from overlay import any_period, short, stripes

# Frames between frame 0 and frame 1, as often as they shall occur.
STEPS = 2, 2, 2, 2, 2, 2, 3, 3, 4, 4, 8
# Share of surfaces that repeat.
REPEATS = 0.3


def picture(r, frames, height, width):
    """A height x width cut of one of the clip's frames, turned and tinted at random; None if it is too small."""
    f = frames[r.randint(len(frames))]
    f = f.transpose(1, 0, 2) if r.rand() < 0.5 else f
    if f.shape[0] < height or f.shape[1] < width:
        return None
    y, x = r.randint(f.shape[0] - height + 1), r.randint(f.shape[1] - width + 1)
    f = f[y:y + height, x:x + width, r.permutation(3)]
    f = f[:, ::-1] if r.rand() < 0.5 else f
    return f if r.rand() < 0.5 else np.clip(f * r.uniform(0.5, 1.4), 0, 255).astype(np.uint8)


def surface(r, frames, height, width, steps, ground=None):
    """What covers height x width, uint8, and how it moves, whole pixels a step, x and y: a picture or something that repeats. Pictures
    move by up to about 80 pixels over all steps, or, a third of them, together with the ground and up to 12 beside it. Without a
    `ground` it is one itself: a picture moves by up to 60, and it is larger by the way that it moves. None where the frames are too
    small."""
    period = any_period(r) if r.rand() < REPEATS else None
    if period:
        move = np.array(short(r, period, steps))
    elif ground is None:
        move = velocity(r, steps, 60)
    else:
        move = velocity(r, steps, 80) if r.rand() < 0.7 else ground + velocity(r, steps, 12)
    if ground is None:
        width, height = (width, height) + abs(move) * steps
    if period:
        front, back = r.randint(0, 256, (2, 3))
        return (back + (front - back) * stripes(r, height, width, period)[:, :, None] + 0.5).astype(np.uint8), move
    cut = picture(r, frames, height, width)
    return None if cut is None else (cut, move)


def shape(r, height, width):
    """Where a shape is, height x width of bool: an ellipse with a wavy edge, a box, or a bar."""
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    kind = r.randint(4)
    if kind == 0:
        return np.maximum(abs(x), abs(y)) <= 1
    a = r.uniform(0, np.pi)
    u, v = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
    if kind == 1:
        return (abs(u) < r.uniform(0.05, 0.3)) & (abs(v) < 0.95)
    angle = np.arctan2(v, u)
    edge = 0.8 + sum(r.uniform(-0.12, 0.12) * np.sin(k * angle + r.uniform(0, 6)) for k in (2, 3, 5))
    return np.hypot(u, v) < edge


def velocity(r, steps, limit):
    """Whole pixels a step, x and y, together at most about `limit` over all steps; a fifth stands still."""
    if r.rand() < 0.2:
        return np.zeros(2, int)
    length, a = np.exp(r.uniform(np.log(1), np.log(limit))), r.uniform(0, 2 * np.pi)
    return np.rint(np.array([np.cos(a), np.sin(a)]) * length / steps).astype(int)


def shifted(a, x, y):
    """a (HxW) at p + (x, y); -1 outside."""
    h, w = a.shape
    out = np.full_like(a, -1)
    if abs(x) < w and abs(y) < h:
        out[max(0, -y):h - max(0, y), max(0, -x):w - max(0, x)] = a[max(0, y):h + min(0, y), max(0, x):w + min(0, x)]
    return out


def draw(r, choose, size):
    """choose() -> the frames of a clip. -> frames 0, 1 and t as 3xSxS uint8, t, motion from frame 0 to frame 1 as seen at t as
    2x(S/2)x(S/2) float32 in half-size pixels, and which of both frames shows the pixel, 2xSxS uint8."""
    steps = int(r.choice(STEPS))
    times = 0, steps, r.randint(1, steps)
    made = None
    while made is None:
        made = surface(r, choose(), size, size, steps)
    back, moves = made[0], [made[1]]
    frames, labels = [], []
    for k in times:
        x, y = (d * (steps - k) if d >= 0 else -d * k for d in moves[0])
        frames.append(back[y:y + size, x:x + size].copy())
        labels.append(np.zeros((size, size), int))
    for _ in range(r.randint(1, 6)):
        height, width = (int(np.exp(r.uniform(np.log(10), np.log(size * 0.7)))) for _ in range(2))
        made = surface(r, choose(), height, width, steps, moves[0])
        if made is None:
            continue
        texture, move = made
        inside, middle = shape(r, height, width), r.randint(0, size, 2)
        moves.append(move)
        for k, f, l in zip(times, frames, labels):
            x, y = middle + move * k - move * steps // 2 - (width // 2, height // 2)
            ys, xs = slice(max(0, y), max(0, y + height)), slice(max(0, x), max(0, x + width))
            cut = slice(max(0, -y), max(0, min(height, size - y))), slice(max(0, -x), max(0, min(width, size - x)))
            m = inside[cut]
            f[ys, xs][m] = texture[cut][m]
            l[ys, xs][m] = len(moves) - 1
    at = labels[2]
    shown = np.zeros((2, size, size), np.uint8)
    for label, move in enumerate(moves):
        here = at == label
        for end, k in ((0, times[0]), (1, times[1])):
            x, y = move * (k - times[2])
            shown[end][here] = (shifted(labels[end], x, y) == label)[here]
    motion = (np.array(moves) * steps)[at].astype(np.float32) / 2
    motion = motion.reshape(size // 2, 2, size // 2, 2, 2).mean((1, 3)).transpose(2, 0, 1)
    return [np.ascontiguousarray(f.transpose(2, 0, 1)) for f in frames], times[2] / steps, np.ascontiguousarray(motion), shown
