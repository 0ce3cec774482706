"""Things drawn over clips, whose motion is exactly known: text that stands still or scrolls, thin lines, stripes and squares.

Subtitles over a moving picture, station logos, cables and blinds are where interpolation is seen to fail, and rare in clips.
"""
import os
from collections import namedtuple

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = os.path.join(matplotlib.get_data_path(), "fonts", "ttf")
LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 ,.-!?"
SIDE = 320

# mask: how much of its colour each pixel gets, 0..1; ground: where another colour lies behind it, None: the clip is behind it;
# period: in pixels, of what repeats, else None.
Thing = namedtuple("Thing", "mask ground period", defaults=(None, None))


def text(r):
    picture = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(picture)
    size = r.randint(9, 40)
    names = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono-Bold.ttf"]
    font = ImageFont.truetype(os.path.join(FONTS, names[r.randint(len(names))]), size)
    for row in range(r.randint(1, 4)):
        words = "".join(LETTERS[i] for i in r.randint(0, len(LETTERS), r.randint(4, 30)))
        draw.text((r.randint(-20, SIDE // 2), r.randint(0, SIDE - size)), words, 255, font)
    return Thing(np.asarray(picture, np.float32) / 255)


def lines(r):
    big = Image.new("L", (2 * SIDE, 2 * SIDE))
    draw = ImageDraw.Draw(big)
    for _ in range(r.randint(1, 7)):
        (x, y), a = r.randint(0, 2 * SIDE, 2), r.uniform(0, np.pi)
        dx, dy = 4 * SIDE * np.cos(a), 4 * SIDE * np.sin(a)
        draw.line((x - dx, y - dy, x + dx, y + dy), 255, r.randint(2, 7))
    return Thing(np.asarray(big, np.float32).reshape(SIDE, 2, SIDE, 2).mean((1, 3)) / 255)


def any_period(r):
    """Pixels, as many short ones as long ones."""
    return np.exp(r.uniform(np.log(5), np.log(48)))


def stripes(r, height, width, period):
    """Stripes or squares, upright or turned, height x width, 0..1, with edges a pixel soft as a camera's."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    share = r.uniform(0.3, 0.7)
    a = r.choice([0, np.pi / 2]) if r.rand() < 0.6 else r.uniform(0, np.pi)
    along, across = ((0.5 + (share / 2 - abs(d / period % 1 - 0.5)) * period).clip(0, 1)
                     for d in (x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)))
    return along if r.rand() < 0.6 else along + across - 2 * along * across


def pattern(r):
    """A rectangle of stripes or squares."""
    period = any_period(r)
    inside = np.zeros((SIDE, SIDE), np.float32)
    w, h = r.randint(40, SIDE + 1, 2)
    left, top = r.randint(0, SIDE - w + 1), r.randint(0, SIDE - h + 1)
    inside[top:top + h, left:left + w] = 1
    return Thing(stripes(r, SIDE, SIDE, period) * inside, inside if r.rand() < 0.6 else None, period)


def short(r, period, steps):
    """Whole pixels a step, in two directions, of what repeats: less than half of its period over all steps, because nothing tells longer
    motion from shorter, and the shorter is what viewers see."""
    length, a = r.uniform(0.1, 0.47) * period, r.choice(8) * np.pi / 4
    return tuple(int(length * d / steps) for d in (np.sin(a), np.cos(a)))


def colour(r):
    if r.rand() < 0.5:
        return r.choice([0, 255, 255, 255], 3)
    return np.repeat(r.choice([0, 255, 255]), 3) if r.rand() < 0.5 else r.randint(0, 256, 3)


def speed(r, period, gap):
    """Whole pixels a frame, y and x."""
    if r.rand() < (0.3 if period else 0.6):
        return 0, 0
    return short(r, period, gap) if period else tuple(r.randint(-12 // gap - 1, 12 // gap + 2, 2))


class Overlays:
    """A stock of things to draw."""

    def __init__(self, seed=5, count=300):
        r = np.random.RandomState(seed)
        self.things = [(text, lines, pattern)[k % 3](r) for k in range(count)]

    def draw(self, r, frames, k, gap):
        """Draws on frame 0, frame `gap` and frame k of a sample (uint8, HxWx3, one size below SIDE): whole pixels a frame, so
        that it is exact at every k."""
        thing = self.things[r.randint(len(self.things))]
        h, w = frames[0].shape[:2]
        dy, dx = speed(r, thing.period, gap)
        top, left = r.randint(0, SIDE, 2)
        front, back = colour(r), colour(r)
        strength = 1.0 if r.rand() < 0.7 else r.uniform(0.4, 1)
        out = []
        for f, n in zip(frames, (0, gap, k)):
            def placed(a):
                return np.roll(a, (top + dy * n, left + dx * n), (0, 1))[:h, :w, None] * strength
            if thing.ground is not None:
                alpha = placed(thing.ground)
                f = f * (1 - alpha) + back * alpha
            alpha = placed(thing.mask)
            out.append((f * (1 - alpha) + front * alpha + 0.5).astype(np.uint8))
        return out
