"""Things drawn over clips, whose motion is exactly known: text that stands still or scrolls, thin lines, stripes and squares.

Subtitles over a moving picture, station logos, cables and blinds are where interpolation is seen to fail, and rare in clips.
"""
import os

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = os.path.join(matplotlib.get_data_path(), "fonts", "ttf")
LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 ,.-!?"
SIDE = 320


def text(r):
    picture = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(picture)
    size = r.randint(9, 40)
    names = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono-Bold.ttf"]
    font = ImageFont.truetype(os.path.join(FONTS, names[r.randint(len(names))]), size)
    for row in range(r.randint(1, 4)):
        words = "".join(LETTERS[i] for i in r.randint(0, len(LETTERS), r.randint(4, 30)))
        draw.text((r.randint(-20, SIDE // 2), r.randint(0, SIDE - size)), words, 255, font)
    return np.asarray(picture, np.float32) / 255


def lines(r):
    big = Image.new("L", (2 * SIDE, 2 * SIDE))
    draw = ImageDraw.Draw(big)
    for _ in range(r.randint(1, 7)):
        (x, y), a = r.randint(0, 2 * SIDE, 2), r.uniform(0, np.pi)
        dx, dy = 4 * SIDE * np.cos(a), 4 * SIDE * np.sin(a)
        draw.line((x - dx, y - dy, x + dx, y + dy), 255, r.randint(2, 7))
    return np.asarray(big, np.float32).reshape(SIDE, 2, SIDE, 2).mean((1, 3)) / 255


def pattern(r):
    """A rectangle of stripes or squares."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    period, share = r.randint(6, 25), r.uniform(0.3, 0.7)
    on = (x % period < share * period) if r.rand() < 0.5 else (y % period < share * period)
    if r.rand() < 0.4:
        on = (x % period < period / 2) ^ (y % period < period / 2)
    (left, top), (w, h) = r.randint(0, SIDE // 2, 2), r.randint(40, SIDE // 2, 2)
    inside = (x >= left) & (x < left + w) & (y >= top) & (y < top + h)
    return (on & inside).astype(np.float32)


class Overlays:
    """A stock of masks, and what is drawn with them."""

    def __init__(self, seed=5, count=300):
        r = np.random.RandomState(seed)
        self.masks = [(text, text, lines, pattern)[k % 4](r) for k in range(count)]

    def draw(self, r, frames, k, gap):
        """Draws on frame 0, frame `gap` and frame k of a sample (uint8, HxWx3, one size below SIDE): whole pixels a frame, so
        that it is exact at every k."""
        mask = self.masks[r.randint(len(self.masks))]
        h, w = frames[0].shape[:2]
        speed = (0, 0) if r.rand() < 0.6 else tuple(r.randint(-12 // gap - 1, 12 // gap + 2, 2))
        (top, left), colour = r.randint(0, SIDE, 2), r.choice([0, 255, 255, 255], 3) if r.rand() < 0.5 else np.repeat(r.choice([0, 255, 255]), 3)
        strength = 1.0 if r.rand() < 0.7 else r.uniform(0.4, 1)
        out = []
        for f, n in zip(frames, (0, gap, k)):
            alpha = np.roll(mask, (top + speed[0] * n, left + speed[1] * n), (0, 1))[:h, :w, None] * strength
            out.append((f * (1 - alpha) + colour * alpha + 0.5).astype(np.uint8))
        return out
