"""Drawn scenes that are hard for motion: scenes.py OUT writes triplets; scenes.py OUT PREDICTIONS SHEET.png shows them.

pan: a picture moves 25 pixels a frame. rotate: it turns by 6 degrees. lines: lines of one pixel cross a slope and move.
repeat: stripes and squares of 16 pixels' period move by 6. subtitle: text stands over the panning picture. fade: it pans by
6 and grows darker by a third. The truth lies half-way. Drawn at four times the size and averaged, so that edges are as soft
as a camera's. PREDICTIONS: what `vfi evaluate OUT --out PREDICTIONS` wrote. The sheet's columns: frame 0, truth, prediction,
four times the error.
"""
import os

import matplotlib
import matplotlib.image
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

from arguments import arguments

WIDTH, HEIGHT, FINE = 448, 256, 4


def texture(seed=7, side=4096):
    """Noise of many sizes and hard-edged blobs, side x side x 3, repeating."""
    r = np.random.RandomState(seed)
    out = np.zeros((side, side, 3), np.float32)
    for octave in range(3, 10):
        n = 2 ** octave
        grid = r.rand(n, n, 3).astype(np.float32)
        rows = np.linspace(0, n, side, endpoint=False)
        i, f = rows.astype(int), (rows % 1).astype(np.float32)
        j = (i + 1) % n
        mix = grid[i] * (1 - f)[:, None, None] + grid[j] * f[:, None, None]
        out += (mix[:, i] * (1 - f)[None, :, None] + mix[:, j] * f[None, :, None]) * 0.75 ** octave
    low, high = np.percentile(out, (1, 99))
    return np.clip((out - low) / (high - low), 0, 1)


def at(image, x, y):
    """Sampled at the nearest pixel, repeating."""
    return image[np.rint(y).astype(int) % image.shape[0], np.rint(x).astype(int) % image.shape[1]]


def scenes():
    """{name: f(t) -> HEIGHT*FINE x WIDTH*FINE x 3}."""
    y, x = np.mgrid[0:HEIGHT * FINE, 0:WIDTH * FINE].astype(np.float32)
    ground = texture()
    cx, cy = x - WIDTH * FINE / 2, y - HEIGHT * FINE / 2

    def pan(t, speed=(25, 7)):
        return at(ground, x - speed[0] * FINE * t, y - speed[1] * FINE * t)

    def rotate(t):
        a = np.deg2rad(6) * t
        return at(ground, cx * np.cos(a) - cy * np.sin(a), cx * np.sin(a) + cy * np.cos(a))

    def lines(t):
        picture = np.repeat((0.25 + 0.4 * x / x.max())[:, :, None], 3, 2) * [1, 0.9, 0.8]
        for k, slope in enumerate((0.0, 0.35, -0.6, 2.5)):
            across = (y - slope * x) / np.sqrt(1 + slope ** 2)
            picture[((across + 9 * FINE * t) % (48 * FINE)) < FINE] = (0.95, 0.95 - 0.2 * k, 0.2 * k)
        return picture

    def repeat(t):
        u, period = x - 6 * FINE * t, 16 * FINE
        stripes = (u % period < period / 2)
        squares = stripes ^ (y % period < period / 2)
        return np.where(y[:, :, None] < y.max() / 2, stripes[:, :, None] * [0.9, 0.9, 0.8], squares[:, :, None] * [0.8, 0.5, 0.3]) + 0.05

    figure = plt.figure(figsize=(WIDTH * FINE / 100, HEIGHT * FINE / 100), dpi=100)
    figure.text(0.5, 0.1, "Every word stays where it is", ha="center", fontsize=26 * FINE * 0.72, weight="bold", color="white")
    figure.patch.set_facecolor("black")
    figure.canvas.draw()
    text = np.asarray(figure.canvas.buffer_rgba())[:, :, :1] / 255.0

    return {"pan": pan, "rotate": rotate, "lines": lines, "repeat": repeat, "subtitle": lambda t: pan(t, (14, 0)) * (1 - text) + text,
            "fade": lambda t: pan(t, (6, 2)) * (1 - t / 3)}


def shrink(picture):
    small = picture.reshape(HEIGHT, FINE, WIDTH, FINE, 3).mean((1, 3))
    return (np.clip(small, 0, 1) * 255).round().astype(np.uint8)


def write(out):
    for name, draw in scenes().items():
        os.makedirs(os.path.join(out, name), exist_ok=True)
        for file, t in (("im0", 0), ("gt", 0.5), ("im1", 1)):
            matplotlib.image.imsave(os.path.join(out, name, file + ".png"), shrink(draw(t)))


def show(out, predictions, sheet):
    rows = []
    for name in sorted(os.listdir(out)):
        first, truth = (matplotlib.image.imread(os.path.join(out, name, f))[:, :, :3] for f in ("im0.png", "gt.png"))
        made = matplotlib.image.imread(os.path.join(predictions, name + ".png"))[:, :, :3]
        rows.append(np.hstack([first, truth, made, np.clip(np.abs(made - truth) * 4, 0, 1)]))
    matplotlib.image.imsave(sheet, np.vstack(rows))


if __name__ == "__main__":
    given = arguments(1, 3)
    show(*given) if len(given) > 1 else write(*given)
