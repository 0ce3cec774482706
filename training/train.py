"""Train a motion model: train.py CONFIG ARRAYS OUT [STOP]. Goes on from OUT/last.pt where there is one; with STOP it ends after that
step of the config's, to go on another time.

Writes OUT/last.pt (all that a resume needs), OUT/best.pt (averaged weights with the best held-out PSNR, distances 2 and 4) and
OUT/log.jsonl (one line a report). One cosine learning rate over the steps of all phases.
"""
import copy
import json
import math
import multiprocessing
import os
import sys
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

from checkpoint import read, save
from data import Clips
from net import MotionNet, load, synthesize

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
    got, blend = [], []
    with torch.no_grad():
        for _, c in clips:
            h, w = min(c.shape[1] // 32 * 32, 256), min(c.shape[2] // 32 * 32, 448)
            for i in np.linspace(0, len(c) - gap - 1, 4).astype(int) if len(c) > gap else []:
                a, b, y = (torch.from_numpy(c[j][:h, :w].copy()).permute(2, 0, 1)[None].float() / 255
                           for j in (i, i + gap, i + gap // 2))
                o = synthesize(a, b, *net(a, b, torch.full((1, 1, 1, 1), 0.5))).clamp(0, 1)
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
    return None


def feed(unused, target, clips, config, step):
    """Sends batches in order of steps, each from its own seed, so that a resumed run sees what an unbroken one would. In a process
    of its own: threads of a third one beside the two that train put them to sleep at every barrier. Both processes close the
    pipe's end that is the other's, so that the death of one ends the other."""
    unused.close()
    torch.set_num_threads(1)
    while (p := phase_at(config, step)) is not None:
        r = np.random.RandomState((config["seed"] * 1000003 + step) % 2 ** 32)
        gaps = {int(k): v for k, v in p["gaps"].items()}
        batch = clips.batch(r, p["batch"], p["size"], gaps, p["still"], p.get("noisy", 0.0), p.get("drawn", 0.0), p.get("layered", 0.0))
        try:
            target.send(batch)
        except BrokenPipeError:
            return  # The trainer has ended, and said why.
        step += 1


def receive(source):
    try:
        return source.recv()
    except (EOFError, OSError):
        raise RuntimeError("the process that makes batches has ended: its error is above, or it was killed (for lack of memory?); "
                           "start again, training goes on from the last checkpoint") from None


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
    # Before anything runs on several threads: they do not survive the fork.
    fork = multiprocessing.get_context("fork")
    source, target = fork.Pipe(duplex=False)
    fork.Process(target=feed, args=(source, target, clips, config, step), daemon=True).start()
    target.close()
    net = MotionNet(**config["net"])
    if "start" in config:
        load(net, weights(os.path.join(os.path.dirname(config_path), config["start"])))
    net = net.to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), config["learningRate"], weight_decay=1e-4)
    if saved:
        net.load_state_dict(saved["net"]), ema.load_state_dict(saved["ema"]), optimizer.load_state_dict(saved["optimizer"])
    print(sum(p.numel() for p in net.parameters()), "parameters;", len(clips.train), "clips, held out",
          len(clips.val), "; from step", step, "of", total, flush=True)
    log = open(os.path.join(out, "log.jsonl"), "a")
    psnr, sums, since, reported = 0.0, np.zeros(3), time.time(), step
    while step < end:
        batch = receive(source)
        lr = config["learningRate"] * min(1, (step + 1) / 500) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / total)))
        for g in optimizer.param_groups:
            g["lr"] = lr
        a, b, y = (torch.from_numpy(z).to(memory_format=torch.channels_last).float().div_(255) for z in batch[0])
        net.train()
        coarse = []
        flow, mask = net(a, b, torch.from_numpy(batch[1]).view(-1, 1, 1, 1), coarse)
        o = synthesize(a, b, flow, mask)
        loss = laplacian(o, y) + charbonnier(o, y)
        for extra, weight in ((census, config.get("census", 0.02)), (likeness, config.get("likeness", 0.0))):
            if weight > 0:
                loss = loss + weight * extra(o, y)
        for c, _ in coarse:
            loss = loss + 0.2 * charbonnier(c, F.avg_pool2d(y, y.shape[-1] // c.shape[-1]))
        motion, shown = (torch.from_numpy(z) for z in batch[2:])
        if shown.any():
            distance, cover = known([*(v for _, v in coarse), flow[:, 2:] - flow[:, :2]], mask, motion, shown)
            loss = loss + config.get("distance", 0.05) * distance + config.get("cover", 0.1) * cover
            sums += np.array([distance.item(), cover.item(), 1])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, s in zip(ema.parameters(), net.parameters()):
                p.lerp_(s, 1 - decay)
            psnr += -10 * math.log10(((o - y) ** 2).mean().item() + 1e-8)
        if step % REPORT == 0 or step == end:
            count = step - reported
            row = {"step": step, "lr": lr, "train": round(psnr / count, 3), "s": round((time.time() - since) / count, 3)}
            if sums[2]:
                row["distance"], row["cover"] = (round(x, 3) for x in sums[:2] / sums[2])
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
            psnr, sums, since, reported = 0.0, np.zeros(3), time.time(), step


if __name__ == "__main__":
    main(*sys.argv[1:5])
