"""Train a motion model: train.py CONFIG ARRAYS OUT [STOP]. Goes on from OUT/last.pt where there is one; with STOP it ends after that
step of the config's, to go on another time.

Writes OUT/last.pt (all that a resume needs), OUT/best.pt (averaged weights with the best held-out PSNR, distances 2 and 4) and
OUT/log.jsonl (one line a report). One cosine learning rate over the steps of all phases.
"""
import copy
import json
import math
import os
import sys
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch.utils.data import DataLoader, Dataset

from arguments import arguments
from checkpoint import read, save
from data import Clips
from net import Block, MotionNet, load, synthesize

REPORT, VALIDATE = 200, 1000


def charbonnier(x, y):
    return torch.sqrt((x - y) ** 2 + 1e-6).mean()


def laplacian(x, y):
    """L1 over a Laplacian pyramid of the difference (Niklaus and Liu, 2018), coarse levels weighted more."""
    d, loss = x - y, 0.0
    for k in range(4):
        s = F.avg_pool2d(d, 2)
        loss = loss + (d - F.interpolate(s, scale_factor=2, mode="nearest")).abs().mean() * 2 ** k
        d = s
    return loss + d.abs().mean() * 16


def census(x, y):
    """Soft census distance on grey (Meister et al., 2018), 7x7 without the centre: sharp edges, blind to gain."""
    def code(v):
        g = v.mean(1, keepdim=True)
        p = F.pad(g, (3, 3, 3, 3), mode="replicate")
        h, w = g.shape[2:]
        d = torch.cat([p[:, :, i:i + h, j:j + w] for i in range(0, 7, 2) for j in range(0, 7, 2)], 1) - g
        return d / torch.sqrt(0.0032 + d * d)
    d = (code(x) - code(y)) ** 2
    return (d / (0.1 + d)).mean()


def likeness(x, y):
    """What a mean PSNR rewards: the logarithm of each sample's mean squared error (of 1e-5, 50 dB, and more)."""
    return torch.log(((x - y) ** 2).mean((1, 2, 3)) + 1e-5).mean()


def known(predicted, mask, motion, shown):
    """Where motion is known: the distance to it of each level's prediction, in pixels of that level, and whether the mask takes a
    pixel that only one frame shows from that frame (cross entropy)."""
    loss, seen = 0.0, shown.amax(1, keepdim=True).float()
    for v in predicted:
        k = motion.shape[-1] // v.shape[-1]
        e = torch.sqrt(((v - F.avg_pool2d(motion, k) / k) ** 2).sum(1, keepdim=True) + 1e-3)
        w = F.avg_pool2d(seen, 2 * k)
        loss = loss + (e * w).sum() / (w.sum() + 1)
    one, first = (shown[:, :1] != shown[:, 1:]).float(), shown[:, :1].float()
    m = mask.clamp(1e-3, 1 - 1e-3)
    return loss, -((first * m.log() + (1 - first) * (1 - m).log()) * one).sum() / (one.sum() + 1)


def validate(net, clips, gap):
    """Mean PSNR over held-out clips (four triplets each, `gap` frames apart), of the net and of the plain average."""
    net.eval()
    device = next(net.parameters()).device
    got, blend = [], []
    with torch.no_grad():
        for _, c in clips:
            h, w = min(c.shape[1] // 32 * 32, 256), min(c.shape[2] // 32 * 32, 448)
            for i in np.linspace(0, len(c) - gap - 1, 4).astype(int) if len(c) > gap else []:
                a, b, y = (torch.from_numpy(c[j][:h, :w].copy()).to(device).permute(2, 0, 1)[None].float() / 255
                           for j in (i, i + gap, i + gap // 2))
                o = synthesize(a, b, *net(a, b, torch.full((1, 1, 1, 1), 0.5, device=device))).clamp(0, 1)
                got.append(-10 * math.log10(((o - y) ** 2).mean().item() + 1e-8))
                blend.append(-10 * math.log10((((a + b) / 2 - y) ** 2).mean().item() + 1e-8))
    return round(float(np.mean(got)), 3), round(float(np.mean(blend)), 3)


def weights(path):
    """Of a checkpoint, or of an exported graph, whose initializers keep their names."""
    if path.endswith(".onnx"):
        return {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in onnx.load(path).graph.initializer}
    return read(path)["ema"]


def phase_at(config, step):
    for p in config["phases"]:
        if step < p["steps"]:
            return p
        step -= p["steps"]


class Batches(Dataset):
    """The batch of each step, from its own seed, so that a resumed run sees what an unbroken one would, whatever the number of
    processes that make them."""

    def __init__(self, clips, config):
        self.clips, self.config = clips, config

    def __getitem__(self, step):
        p = phase_at(self.config, step)
        r = np.random.RandomState((self.config["seed"] * 1000003 + step) % 2 ** 32)
        gaps = {int(k): v for k, v in p["gaps"].items()}
        frames, *rest = self.clips.batch(r, p["batch"], p["size"], gaps, p["still"], p.get("noisy", 0.0), p.get("drawn", 0.0), p.get("layered", 0.0))
        return [*frames, *rest]


def batches(clips, config, steps, gpu):
    """An iterator over the batches of `steps`. They are made in other processes: threads of a third one beside the two that train put
    them to sleep at every barrier. To be called before anything runs on several threads: they do not survive the fork."""
    workers = max(1, os.cpu_count() - 1) if gpu else 1
    return iter(DataLoader(Batches(clips, config), batch_size=None, sampler=steps, num_workers=workers, pin_memory=gpu, prefetch_factor=2,
                           multiprocessing_context="fork"))


def objective(net, config, a, b, y, t, motion, shown):
    """-> the loss of a batch, and [PSNR, distance, cover, whether motion is known]."""
    a, b, y = (x.to(memory_format=torch.channels_last).float().div_(255) for x in (a, b, y))
    coarse = []
    flow, mask = net(a, b, t.view(-1, 1, 1, 1), coarse)
    o = synthesize(a, b, flow, mask)
    loss = laplacian(o, y) + charbonnier(o, y)
    for extra, weight in ((census, config.get("census", 0.02)), (likeness, config.get("likeness", 0.0))):
        if weight > 0:
            loss = loss + weight * extra(o, y)
    for c, _ in coarse:
        loss = loss + 0.2 * charbonnier(c, F.avg_pool2d(y, y.shape[-1] // c.shape[-1]))
    # Both are 0 where motion is not known.
    distance, cover = known([*(v for _, v in coarse), flow[:, 2:] - flow[:, :2]], mask, motion, shown)
    loss = loss + config.get("distance", 0.05) * distance + config.get("cover", 0.1) * cover
    with torch.no_grad():
        psnr = -10 * torch.log10(((o - y) ** 2).mean() + 1e-8)
        return loss, torch.stack((psnr, distance, cover, shown.amax().float()))


class Gradient:
    """Computes the gradient of the objective. On a GPU the thousands of small operations of a step are recorded once for a shape of
    batches, and replayed (a CUDA graph), and convolutions run in bfloat16; what levels give is added up, and frames are sampled, in float32."""

    def __init__(self, net, config, gpu):
        self.net, self.config, self.gpu, self.graph = net, config, gpu, None
        self.inputs, self.figures = [], None
        if gpu:
            for m in (m for m in net.modules() if isinstance(m, Block)):
                m.register_forward_hook(lambda _, __, y: y.float())

    def run(self, batch):
        self.net.zero_grad(set_to_none=True)
        with torch.autocast("cuda" if self.gpu else "cpu", torch.bfloat16, enabled=self.gpu, cache_enabled=False):
            loss, figures = objective(self.net, self.config, *batch)
        loss.backward()
        return figures

    def record(self, batch):
        self.inputs = [x.clone() for x in batch]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.run(self.inputs)
        torch.cuda.current_stream().wait_stream(side)
        self.net.zero_grad(set_to_none=True)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.figures = self.run(self.inputs)

    def __call__(self, batch):
        """Leaves the gradient in the net's parameters. -> the objective's figures."""
        if not self.gpu:
            return self.run(batch)
        batch = [x.cuda(non_blocking=True) for x in batch]
        if [x.shape for x in batch] != [x.shape for x in self.inputs]:
            self.record(batch)
        for x, new in zip(self.inputs, batch):
            x.copy_(new)
        self.graph.replay()
        return self.figures


def main(config_path, arrays, out, stop=None):
    with open(config_path) as f:
        config = json.load(f)
    total = sum(p["steps"] for p in config["phases"])
    if stop is not None and not stop.isdigit():
        sys.exit(f"STOP {stop}: give the step to end after, 1 to {total}")
    end = min(total, int(stop or total))
    os.makedirs(out, exist_ok=True)
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    torch.manual_seed(config["seed"])
    clips = Clips(arrays, config["heldOut"])
    last = os.path.join(out, "last.pt")
    saved = read(last) if os.path.exists(last) else None
    step, best = (saved["step"], saved["best"]) if saved else (0, 0.0)
    gpu = torch.cuda.is_available()
    samples = batches(clips, config, range(step, end), gpu)
    device = torch.device("cuda" if gpu else "cpu")
    torch.backends.cudnn.benchmark = True
    net = MotionNet(**config["net"])
    if "start" in config:
        load(net, weights(os.path.join(os.path.dirname(config_path), config["start"])))
    net = net.to(device, memory_format=torch.channels_last)
    ema = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), config["learningRate"], weight_decay=1e-4)
    if saved:
        net.load_state_dict(saved["net"]), ema.load_state_dict(saved["ema"]), optimizer.load_state_dict(saved["optimizer"])
    print(sum(p.numel() for p in net.parameters()), "parameters;", len(clips.train), "clips, held out",
          len(clips.val), "; from step", step, "of", total, "on", device, flush=True)
    log = open(os.path.join(out, "log.jsonl"), "a")
    gradient = Gradient(net.train(), config, gpu)
    sums, since, reported = torch.zeros(4, device=device), time.time(), step
    for batch in samples:
        lr = config["learningRate"] * min(1, (step + 1) / 500) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / total)))
        for g in optimizer.param_groups:
            g["lr"] = lr
        psnr, distance, cover, has = gradient(batch)
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, s in zip(ema.parameters(), net.parameters()):
                p.lerp_(s, 1 - decay)
            sums += torch.stack((psnr, distance, cover, has))
        if step % REPORT == 0 or step == end:
            count = step - reported
            psnr, distance, cover, has = sums.tolist()
            row = {"step": step, "lr": lr, "train": round(psnr / count, 3), "s": round((time.time() - since) / count, 3)}
            if has:
                row["distance"], row["cover"] = round(distance / has, 3), round(cover / has, 3)
            if step % VALIDATE == 0 or step == end:
                row["heldOut"], row["blend"] = validate(ema, clips.val, 2)
                row["heldOut4"], row["blend4"] = validate(ema, clips.val, 4)
                if (score := row["heldOut"] + row["heldOut4"]) > best:
                    best = score
                    save(os.path.join(out, "best.pt"), {"ema": ema.state_dict(), "config": config, "step": step})
                save(last, {"net": net.state_dict(), "ema": ema.state_dict(), "optimizer": optimizer.state_dict(),
                            "config": config, "step": step, "best": best})
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + "\n")
            log.flush()
            sums.zero_()
            since, reported = time.time(), step


if __name__ == "__main__":
    main(*arguments(3, 4))
