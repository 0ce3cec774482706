"""Clips as one array in memory, and training samples drawn from it.

`python3 data.py CLIPS ARRAYS` decodes every clip once (short side at most 288 lines) into ARRAYS/clips.u8 with
ARRAYS/index.json beside it. `Clips` reads both; `Clips.sample` draws (frame0, frame1, target, t) crops.
"""
import csv
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import layers
from arguments import arguments
from overlay import Overlays

SHORT_SIDE = 288


def clip_size(path):
    """Width and height to decode at: the clip's own, or scaled down to SHORT_SIDE lines; both even."""
    out = subprocess.check_output(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                                   "stream=width,height", "-of", "csv=p=0", path]).decode()
    w, h = (int(v) for v in out.strip().split(",")[:2])
    k = min(1.0, SHORT_SIDE / min(w, h))
    return round(w * k / 2) * 2, round(h * k / 2) * 2


def decode(path):
    """-> width, height, and all frames as RGB of eight bits."""
    w, h = clip_size(path)
    return w, h, subprocess.check_output(["ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-fps_mode", "passthrough", "-vf",
                                          f"scale={w}:{h}:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])


def prepare(clips, arrays):
    """Decode the clips of CLIPS/INDEX.tsv into one file; ends with the index, so a half-made set is not taken."""
    os.makedirs(arrays, exist_ok=True)
    rows, offset, cores = [], 0, os.cpu_count()
    with open(os.path.join(clips, "INDEX.tsv")) as f:
        listed = list(csv.DictReader(f, delimiter="\t"))
    with open(os.path.join(arrays, "clips.u8"), "wb") as dst, ThreadPoolExecutor(cores) as pool:
        # As many at a time as there are cores: all of them would not fit into memory.
        for k in range(0, len(listed), cores):
            some = listed[k:k + cores]
            for row, (w, h, raw) in zip(some, pool.map(lambda row: decode(os.path.join(clips, row["file"])), some)):
                dst.write(raw)
                rows.append({"name": row["file"].rsplit(".", 1)[0], "width": w, "height": h, "offset": offset,
                             "frames": len(raw) // (w * h * 3),
                             "source": row["source_repository"] + "/" + row["path_in_repository"]})
                offset += len(raw)
    with open(os.path.join(arrays, "index.json"), "w") as f:
        json.dump(rows, f, indent=1)
    return rows


class Clips:
    """All frames in memory. `held_out` names clips; every clip of the same source video is held out with them."""

    def __init__(self, arrays, held_out=(), min_frames=8, min_side=200):
        with open(os.path.join(arrays, "index.json")) as f:
            rows = json.load(f)
        data = np.fromfile(os.path.join(arrays, "clips.u8"), np.uint8)
        sources = {r["source"] for r in rows if r["name"] in set(held_out)}
        self.train, self.val = [], []
        for r in rows:
            n, h, w = r["frames"], r["height"], r["width"]
            if n < min_frames or min(h, w) < min_side:
                continue
            a = data[r["offset"]: r["offset"] + n * h * w * 3].reshape(n, h, w, 3)
            (self.val if r["source"] in sources else self.train).append((r["name"], a))
        p = np.array([len(a) for _, a in self.train], float) ** 0.5
        self.p = p / p.sum()
        self.overlays = Overlays()

    def sample(self, r, size, gaps, still, drawn=0.0):
        """One sample. `gaps`: {frames between frame0 and frame1: weight}; `still`: share of draws that prefer the
        least moving of three places (the others prefer the most moving of two); `drawn`: share with something drawn over."""
        lengths, weights = list(gaps), np.array(list(gaps.values()), float)
        weights /= weights.sum()
        while True:
            a = self.train[r.choice(len(self.train), p=self.p)][1]
            gap = int(lengths[r.choice(len(lengths), p=weights)])
            n, h, w = a.shape[:3]
            scale = float(r.choice([1.0, 1.0, 0.7, 1.4])) if min(h, w) * 0.7 >= size else 1.0
            side = int(np.ceil(size * scale)) if size * scale <= min(h, w) else size
            if n <= gap or side > min(h, w):
                continue
            wants_still = r.rand() < still
            if wants_still:
                gap = min(gap, 2)
            i, k = r.randint(0, n - gap), r.randint(1, gap) if gap > 1 else 1
            best = None
            for _ in range(3 if wants_still else 1 + (r.rand() < 0.5)):
                y, x = r.randint(0, h - side + 1), r.randint(0, w - side + 1)
                s = slice(y, y + side), slice(x, x + side)
                d = np.abs(a[i][s][::4, ::4].astype(np.int16) - a[i + gap][s][::4, ::4]).mean()
                if best is None or (d < best[0] if wants_still else d > best[0]):
                    best = d, s
            d, s = best
            if d > 55 or gap < 2 or (d < 0.2 and r.rand() < 0.7):
                continue
            frames, t = [a[i][s], a[i + gap][s], a[i + k][s]], k / gap
            if not in_time(*frames, t):
                continue
            if r.rand() < drawn:
                frames = self.overlays.draw(r, frames, k, gap)
            return self._augment(r, frames, size), t

    @staticmethod
    def _augment(r, frames, size):
        q, flip, perm = r.randint(4), r.rand() < 0.5, r.permutation(3) if r.rand() < 0.5 else None
        gain = 1.0 if r.rand() < 0.7 else r.uniform(0.6, 1.3)
        out = []
        for f in frames:
            f = resize(f, size) if f.shape[0] != size else f
            f = np.rot90(f, q)
            f = f[:, ::-1] if flip else f
            f = f[:, :, perm] if perm is not None else f
            if gain != 1.0:
                f = np.clip(f.astype(np.float32) * gain, 0, 255).astype(np.uint8)
            out.append(np.ascontiguousarray(f.transpose(2, 0, 1)))
        return out

    def batch(self, r, count, size, gaps, still, noisy=0.0, drawn=0.0, layered=0.0):
        """`noisy`: share of samples whose two inputs, not their target, get grain; `layered`: share of samples of known motion.
        -> frames 0, 1 and target, each Bx3xSxS uint8; t, B; motion and what is shown (see layers.draw), nothing of the latter
        where it is not known."""
        samples = []
        for _ in range(count):
            if r.rand() < layered:
                f, t, motion, shown = layers.draw(r, lambda: self.train[r.choice(len(self.train), p=self.p)][1], size)
            else:
                f, t = self.sample(r, size, gaps, still, drawn)
                motion, shown = np.zeros((2, size // 2, size // 2), np.float32), np.zeros((2, size, size), np.uint8)
            if r.rand() < noisy:
                f = [*noise(r, f[:2]), f[2]]
            if r.rand() < 0.5:
                f, t, motion, shown = [f[1], f[0], f[2]], 1 - t, -motion, shown[::-1]
            samples.append((*f, np.float32(t), motion, shown))
        *frames, t, motion, shown = (np.stack(s) for s in zip(*samples))
        return frames, t, motion, shown


def in_time(a, b, y, t):
    """Whether y can be the picture at t: not where a frame was repeated, or dropped, and y is (nearly) one of the ends.
    Such samples teach that motion is half done when it is not."""
    before, after = (np.abs(y[::4, ::4].astype(np.int16) - x[::4, ::4]).mean() for x in (a, b))
    if max(before, after) < 1.5:
        return True
    expected = t / (1 - t)
    return 0.4 * min(1, expected) < before / (after + 1e-6) < 2.5 * max(1, expected)


def noise(r, frames):
    """Grain of up to 5 code values, drawn for each frame apart; fine, or of 2x2 pixels as left by coarse compression.
    What differs between two pictures of a still scene is averaged away, not followed."""
    sigma, coarse = r.uniform(0.5, 5), 1 + (r.rand() < 0.5)
    out = []
    for f in frames:
        n = r.standard_normal((f.shape[0], -(-f.shape[1] // coarse), -(-f.shape[2] // coarse))).astype(np.float32) * sigma
        n = n.repeat(coarse, 1).repeat(coarse, 2)[:, :f.shape[1], :f.shape[2]]
        out.append(np.clip(np.rint(f + n), 0, 255).astype(np.uint8))
    return out


def resize(f, size):
    """Square uint8 HWC to size x size, area when shrinking, bilinear when growing."""
    import torch
    import torch.nn.functional as F
    x = torch.from_numpy(np.ascontiguousarray(f)).permute(2, 0, 1)[None].float()
    x = F.interpolate(x, size=(size, size), mode="area") if f.shape[0] > size else \
        F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)
    return x[0].permute(1, 2, 0).round().clamp(0, 255).byte().numpy()


if __name__ == "__main__":
    made = prepare(*arguments(2))
    print(len(made), "clips", sum(r["frames"] for r in made), "frames")
